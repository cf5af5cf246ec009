#include "libs/calendar/period.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace varsam::calendar {
namespace {

constexpr size_t kDigitsMax = 5;

// The largest count of a unit that is within kPeriodYearsMax; 0 for a letter that is no unit.
struct UnitOfLetter {
  PeriodUnit unit = PeriodUnit::kDays;
  int32_t count_max = 0;
};

UnitOfLetter FindUnit(char letter) {
  switch (letter) {
    case 'D':
      return {PeriodUnit::kDays, kPeriodYearsMax * 365};
    case 'M':
      return {PeriodUnit::kMonths, kPeriodYearsMax * 12};
    case 'Y':
      return {PeriodUnit::kYears, kPeriodYearsMax};
    default:
      return {};
  }
}

LocalDay Move(LocalDay day, PeriodUnit unit, int32_t count) {
  switch (unit) {
    case PeriodUnit::kDays:
      return day + count;
    case PeriodUnit::kMonths:
      return AddMonths(day, count);
    case PeriodUnit::kYears:
      return AddMonths(day, 12 * count);
  }
  return day;
}

}  // namespace

absl::StatusOr<Period> ParsePeriod(std::string_view text) {
  const absl::Status malformed =
      absl::InvalidArgumentError("not a period, want P<n>D, P<n>M or P<n>Y");
  if (text.size() < 3 || text.size() > kDigitsMax + 2 || text.front() != 'P') return malformed;
  const UnitOfLetter unit = FindUnit(text.back());
  if (unit.count_max == 0) return malformed;
  int32_t count = 0;
  for (char c : text.substr(1, text.size() - 2)) {
    if (c < '0' || c > '9') return malformed;
    count = count * 10 + (c - '0');
  }
  if (count > unit.count_max) {
    return absl::InvalidArgumentError(
        absl::StrCat("period too long, want at most ", kPeriodYearsMax, " years"));
  }
  return Period{count, unit.unit};
}

std::string ToString(Period period) {
  switch (period.unit) {
    case PeriodUnit::kDays:
      return absl::StrCat("P", period.count, "D");
    case PeriodUnit::kMonths:
      return absl::StrCat("P", period.count, "M");
    case PeriodUnit::kYears:
      return absl::StrCat("P", period.count, "Y");
  }
  return "";
}

LocalDay AddPeriod(LocalDay day, Period period) { return Move(day, period.unit, period.count); }
LocalDay SubtractPeriod(LocalDay day, Period period) {
  return Move(day, period.unit, -period.count);
}

std::string InSwedish(Period period) {
  const bool one = period.count == 1;
  switch (period.unit) {
    case PeriodUnit::kDays:
      return absl::StrCat(period.count, one ? " dag" : " dagar");
    case PeriodUnit::kMonths:
      return absl::StrCat(period.count, one ? " månad" : " månader");
    case PeriodUnit::kYears:
      return absl::StrCat(period.count, " år");
  }
  return "";
}

std::string InEnglish(Period period) {
  const char* const plural = period.count == 1 ? "" : "s";
  switch (period.unit) {
    case PeriodUnit::kDays:
      return absl::StrCat(period.count, " day", plural);
    case PeriodUnit::kMonths:
      return absl::StrCat(period.count, " month", plural);
    case PeriodUnit::kYears:
      return absl::StrCat(period.count, " year", plural);
  }
  return "";
}

}  // namespace varsam::calendar
