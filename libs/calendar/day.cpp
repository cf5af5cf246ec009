#include "libs/calendar/day.h"

#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "libs/base/check.h"
#include "libs/base/strings.h"

namespace varsam::calendar {
namespace {

constexpr std::array<std::string_view, 7> kWeekdaysSv = {"måndag", "tisdag", "onsdag", "torsdag",
                                                         "fredag", "lördag", "söndag"};
constexpr std::array<std::string_view, 7> kWeekdaysEn = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> kMonthsSv = {
    "januari", "februari", "mars",      "april",   "maj",      "juni",
    "juli",    "augusti",  "september", "oktober", "november", "december"};
constexpr std::array<std::string_view, 12> kMonthsEn = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

absl::CivilDay ToCivil(LocalDay day) { return absl::CivilDay(1970, 1, 1) + day.epoch_days(); }

LocalDay FromCivil(absl::CivilDay civil) {
  return LocalDay::FromEpochDays(static_cast<int32_t>(civil - absl::CivilDay(1970, 1, 1)));
}

bool IsDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Of digits only, at most four of them.
int SmallNumber(std::string_view digits) {
  int value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  return value;
}

std::string InWords(LocalDay day, const std::array<std::string_view, 7>& weekdays,
                    const std::array<std::string_view, 12>& months) {
  const absl::CivilDay civil = ToCivil(day);
  return absl::StrCat(ToAbsl(weekdays[static_cast<size_t>(day.weekday()) - 1]), " ", civil.day(),
                      " ", ToAbsl(months[civil.month() - 1]), " ", civil.year());
}

}  // namespace

LocalDay LocalDay::Of(int year, int month, int day) {
  const absl::CivilDay civil(year, month, day);
  VARSAM_CHECK(civil.year() == year && civil.month() == month && civil.day() == day)
      << "no such day: " << year << "-" << month << "-" << day;
  return FromCivil(civil);
}

int LocalDay::year() const { return static_cast<int>(ToCivil(*this).year()); }
int LocalDay::month() const { return ToCivil(*this).month(); }
int LocalDay::day() const { return ToCivil(*this).day(); }

Weekday LocalDay::weekday() const {
  // 1970-01-01 was a Thursday, three days after a Monday.
  const int32_t since_monday = ((days_ + 3) % 7 + 7) % 7;
  return static_cast<Weekday>(since_monday + 1);
}

std::string LocalDay::ToString() const {
  const absl::CivilDay civil = ToCivil(*this);
  return absl::StrFormat("%04d-%02d-%02d", civil.year(), civil.month(), civil.day());
}

absl::StatusOr<LocalDay> ParseDay(std::string_view text) {
  const absl::Status malformed = absl::InvalidArgumentError("not a day, want YYYY-MM-DD");
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return malformed;
  const std::string_view year = text.substr(0, 4);
  const std::string_view month = text.substr(5, 2);
  const std::string_view day = text.substr(8, 2);
  if (!IsDigits(year) || !IsDigits(month) || !IsDigits(day)) return malformed;
  const int y = SmallNumber(year), m = SmallNumber(month), d = SmallNumber(day);
  if (y < 1900 || m < 1 || m > 12 || d < 1 || d > DaysInMonth(y, m)) {
    return absl::InvalidArgumentError("no such day, want YYYY-MM-DD from 1900 on");
  }
  return LocalDay::Of(y, m, d);
}

int DaysInMonth(int year, int month) {
  const absl::CivilMonth start(year, month);
  return static_cast<int>(absl::CivilDay(start + 1) - absl::CivilDay(start));
}

LocalDay AddMonths(LocalDay day, int months) {
  const absl::CivilDay civil = ToCivil(day);
  const absl::CivilMonth target = absl::CivilMonth(civil) + months;
  const int last = DaysInMonth(static_cast<int>(target.year()), target.month());
  return FromCivil(absl::CivilDay(target.year(), target.month(), std::min(civil.day(), last)));
}

std::string InSwedish(LocalDay day) { return InWords(day, kWeekdaysSv, kMonthsSv); }
std::string InEnglish(LocalDay day) { return InWords(day, kWeekdaysEn, kMonthsEn); }

}  // namespace varsam::calendar
