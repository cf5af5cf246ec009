// Days and instants as tests write them.
#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "libs/calendar/day.h"

namespace varsam::testing {

// "2026-03-01 10:00" or "…:30" on the Stockholm clock, or a date alone (its first instant);
// CHECKed.
absl::Time At(std::string_view local);
// "2026-03-01"; CHECKed.
calendar::LocalDay Day(std::string_view date);

}  // namespace varsam::testing
