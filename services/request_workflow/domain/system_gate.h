// When a system may be given tasks at all: its owner closes it for a pay run or for the night, and
// bounds how many tasks an hour it bears. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace varsam::requests {

inline constexpr size_t kClosedWindowsMax = 20;

// "mon-fri 07:00-09:00", "sun 00:00-24:00", "day 23-25 00:00-24:00" (days of the month). Both days
// belong to it; the first minute does, the last does not.
struct ClosedWindow {
  bool by_month = false;
  int first_day = 1, last_day = 7;  // Monday is 1; or days of the month
  int from_minute = 0, to_minute = 0;
  bool operator==(const ClosedWindow&) const = default;
};

// INVALID_ARGUMENT naming `closed`.
absl::StatusOr<ClosedWindow> ParseClosedWindow(std::string_view text);
// By the clock of Stockholm.
bool IsClosed(const ClosedWindow& window, absl::Time now);
bool IsClosed(const std::vector<std::string>& windows, absl::Time now);

// How many more tasks the system bears; `recent` are those of the last hour.
int64_t RoomFor(int32_t tasks_per_hour_max, int64_t recent);

}  // namespace varsam::requests
