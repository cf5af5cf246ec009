// A calendar period as the policy writes it: P30D, P3M, P2Y (one number, one unit). Calendar
// periods are not durations: how long one lasts depends on where it starts. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/calendar/day.h"

namespace varsam::calendar {

enum class PeriodUnit : int8_t { kDays, kMonths, kYears };

// Longest period that is accepted, in years or as many months or days.
inline constexpr int kPeriodYearsMax = 200;

struct Period {
  int32_t count = 0;  // never negative
  PeriodUnit unit = PeriodUnit::kDays;

  // Equal as written: P12M is not equal to P1Y, though both end on the same day.
  bool operator==(const Period&) const = default;
};

constexpr Period Days(int32_t count) { return {count, PeriodUnit::kDays}; }
constexpr Period Months(int32_t count) { return {count, PeriodUnit::kMonths}; }
constexpr Period Years(int32_t count) { return {count, PeriodUnit::kYears}; }

// Reads P<n>D, P<n>M or P<n>Y, n of digits only; INVALID_ARGUMENT for anything else and for more
// than kPeriodYearsMax. P0D is a period.
absl::StatusOr<Period> ParsePeriod(std::string_view text);
std::string ToString(Period period);

// Days are calendar days; months clamp to the end of the month; a year is twelve months
// (FORMAT 1.3).
LocalDay AddPeriod(LocalDay day, Period period);
// The day that the period before it names: days back, or months back with the same clamping. Used
// for reminders (notify_before).
LocalDay SubtractPeriod(LocalDay day, Period period);

// "2 år", "1 månad", "30 dagar" and "2 years", "1 month", "30 days".
std::string InSwedish(Period period);
std::string InEnglish(Period period);

}  // namespace varsam::calendar
