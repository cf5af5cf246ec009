// GCRA: one instant per key, no window edge. For volume only; counters that protect codes and
// recipients live in the services' databases.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/time/time.h"

namespace varsam::gateway {

inline constexpr size_t kRateKeysMax = 100'000;

// Thread-safe.
class RateLimit {
 public:
  RateLimit(double per_second, int burst)
      : interval_(absl::Seconds(1) / per_second), tolerance_(interval_ * burst) {}

  // nullopt: go on. Else how long to wait.
  std::optional<absl::Duration> Take(const std::string& key, absl::Duration now);

 private:
  const absl::Duration interval_;
  const absl::Duration tolerance_;
  std::mutex mutex_;
  std::unordered_map<std::string, absl::Duration> arrival_;  // theoretical arrival time
};

}  // namespace varsam::gateway
