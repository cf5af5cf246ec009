// Epoch keys: made, retired, destroyed; each wraps the keys of many subjects. Internal to
// libs/vault.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/pg/connection.h"
#include "libs/vault/secret.h"

namespace varsam::vault {

class Epochs {
 public:
  explicit Epochs(Secret wrapping_key) : wrapping_key_(wrapping_key) {}

  // Reads all living epochs; makes the first one in an empty database. FAILED_PRECONDITION
  // (WRONG_ROOT_KEY) when a wrapped key does not open.
  absl::Status Load(pg::Connection& connection, absl::Time now);
  // Retires the current epoch and makes the next.
  absl::Status Advance(pg::Connection& connection, absl::Time now);

  int32_t current() const;
  std::string Wrap(int32_t epoch, const SubjectId& subject, const Secret& key) const;
  // nullopt when the epoch is not known (destroyed, or made by another process: Load again) or the
  // wrapped key is broken.
  std::optional<Secret> Unwrap(int32_t epoch, const SubjectId& subject,
                               std::string_view wrapped) const;
  bool Knows(int32_t epoch) const;

 private:
  std::string WrapEpoch(int32_t epoch, const Secret& key) const;

  const Secret wrapping_key_;
  mutable std::mutex mutex_;
  std::map<int32_t, Secret> keys_;
  int32_t current_ = 0;
};

}  // namespace varsam::vault
