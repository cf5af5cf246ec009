// The configuration of retention: what every service needs (libs/host/host_config.h), where the
// ledgers it follows are, and the caps of a disposal run.
#pragma once

#include "absl/status/statusor.h"
#include "libs/host/host_config.h"

namespace varsam::retention {

inline constexpr uint16_t kPortOffset = 40;

struct Config {
  host::HostConfig host;
  // Empty: that feed is not followed (tests).
  std::string registry_address, consent_address, requests_address;
  // Above them two people must approve a disposal run.
  uint32_t disposal_items_max = 2000;
  uint32_t disposal_people_max = 500;  // or 0.5 % of all people, whichever is more
  absl::Duration housekeeping_every = absl::Seconds(1);
  // Off while a file drives the clock: then there are no two clocks to compare.
  bool check_clocks = true;
};

// Besides the host's:
//   VARSAM_SUBJECT_REGISTRY_ADDRESS, VARSAM_CONSENT_ADDRESS, VARSAM_REQUEST_WORKFLOW_ADDRESS
//   VARSAM_DISPOSAL_ITEMS_PER_RUN_MAX    1..20000, default 2000: above it two people must approve
//   VARSAM_DISPOSAL_PEOPLE_PER_RUN_MAX   1..20000, default 500 (or 0.5 % of all, whichever is more)
absl::StatusOr<Config> LoadConfig(const rpc::Lookup& lookup);
// The process environment, as a look-up.
rpc::Lookup Environment();
}  // namespace varsam::retention
