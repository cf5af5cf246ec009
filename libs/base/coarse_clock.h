// The clocks of clock.h as of the kernel's last tick: up to a few milliseconds behind for a tenth
// of the price. Good for telling that a moment is far away; whoever comes near it asks the exact
// clock (kCoarseLagSecondsMax leaves room for a machine that stood still).
#pragma once

#include <cstdint>

#include "libs/base/clock.h"

namespace varsam {

inline constexpr int64_t kCoarseLagSecondsMax = 1;

// Since 1970, rounded down. Of the machine's clock; of any other it is Now().
int64_t CoarseUnixSeconds(const Clock& clock);
// As MonotonicNow.
int64_t CoarseMonotonicNanos();

}  // namespace varsam
