#include "services/gateway/auth/rate_limit.h"

#include <algorithm>

namespace varsam::gateway {

std::optional<absl::Duration> RateLimit::Take(const std::string& key, absl::Duration now) {
  std::lock_guard lock(mutex_);
  if (arrival_.size() >= kRateKeysMax) {
    std::erase_if(arrival_, [now](const auto& entry) { return entry.second <= now; });
    if (arrival_.size() >= kRateKeysMax) return interval_;
  }
  absl::Duration& arrival = arrival_[key];
  const absl::Duration from = std::max(arrival, now);
  if (from - now >= tolerance_) return from - now - tolerance_ + interval_;
  arrival = from + interval_;
  return std::nullopt;
}

}  // namespace varsam::gateway
