// Has the cluster under the log been put back to an earlier state? PostgreSQL numbers histories:
// every recovery from a backup and every take-over by a standby begins a new timeline.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/pg/connection.h"

namespace varsam::ledger {

struct Timeline {
  int32_t current = 0;
  int32_t accepted = 0;  // where the log was last known to be whole
  bool moved() const { return current != accepted; }
};
absl::StatusOr<Timeline> ReadTimeline(pg::Connection& connection);

// What is missing has been put back: the log is whole on this timeline.
absl::Status AcceptTimeline(pg::Connection& connection, int32_t timeline);

}  // namespace varsam::ledger
