#include "services/connector/agent/backoff.h"

#include <algorithm>
#include <cstdint>

#include "libs/base/random.h"

namespace varsam::connector {

absl::Duration Backoff::Next() {
  uint32_t random = 0;
  FillRandom(&random, sizeof(random));
  const absl::Duration whole = next_;
  next_ = std::min(next_ * 2, cap_);
  return whole / 2 + whole / 2 * (static_cast<double>(random) / UINT32_MAX);
}

}  // namespace varsam::connector
