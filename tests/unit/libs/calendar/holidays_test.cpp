#include "libs/calendar/holidays.h"

#include <catch2/catch.hpp>
#include <set>

namespace varsam::calendar {
namespace {

// Public holidays of a year that are no Sundays anyway, counted the other way round: month by month
// from the law's text, with Easter given from a printed table.
std::set<LocalDay> WeekdayHolidays(int year) {
  std::set<LocalDay> days;
  for (LocalDay d = LocalDay::Of(year, 1, 1); d.year() == year; d = d + 1) {
    if (d.weekday() != Weekday::kSunday && PublicHoliday(d) != nullptr) days.insert(d);
  }
  return days;
}

}  // namespace

TEST_CASE("Easter, from printed tables") {
  const LocalDay table[] = {
      LocalDay::Of(2010, 4, 4),  LocalDay::Of(2011, 4, 24), LocalDay::Of(2016, 3, 27),
      LocalDay::Of(2019, 4, 21), LocalDay::Of(2024, 3, 31), LocalDay::Of(2025, 4, 20),
      LocalDay::Of(2026, 4, 5),  LocalDay::Of(2027, 3, 28), LocalDay::Of(2028, 4, 16),
      LocalDay::Of(2035, 3, 25), LocalDay::Of(2038, 4, 25), LocalDay::Of(2049, 4, 18)};
  for (LocalDay easter : table) CHECK(EasterDay(easter.year()) == easter);
}

TEST_CASE("the weekday holidays of 2026 and 2027 are exactly these") {
  CHECK(WeekdayHolidays(2026) ==
        std::set<LocalDay>{
            LocalDay::Of(2026, 1, 1), LocalDay::Of(2026, 1, 6), LocalDay::Of(2026, 4, 3),
            LocalDay::Of(2026, 4, 6), LocalDay::Of(2026, 5, 1), LocalDay::Of(2026, 5, 14),
            LocalDay::Of(2026, 6, 6), LocalDay::Of(2026, 6, 20), LocalDay::Of(2026, 10, 31),
            LocalDay::Of(2026, 12, 25), LocalDay::Of(2026, 12, 26)});
  CHECK(WeekdayHolidays(2027) ==
        std::set<LocalDay>{
            LocalDay::Of(2027, 1, 1), LocalDay::Of(2027, 1, 6), LocalDay::Of(2027, 3, 26),
            LocalDay::Of(2027, 3, 29), LocalDay::Of(2027, 5, 1), LocalDay::Of(2027, 5, 6),
            LocalDay::Of(2027, 6, 26), LocalDay::Of(2027, 11, 6), LocalDay::Of(2027, 12, 25)});
}

TEST_CASE("every year has one Midsummer Day and one All Saints' Day, both Saturdays") {
  for (int year = 2010; year <= 2049; ++year) {
    int midsummer = 0, all_saints = 0;
    for (LocalDay d = LocalDay::Of(year, 6, 1); d.year() == year; d = d + 1) {
      const HolidayName* name = PublicHoliday(d);
      if (name == nullptr) continue;
      midsummer += name->en == "Midsummer Day" ? 1 : 0;
      all_saints += name->en == "All Saints' Day" ? 1 : 0;
    }
    CHECK(midsummer == 1);
    CHECK(all_saints == 1);
  }
}

TEST_CASE("eves are ordinary days") {
  CHECK(IsWorkingDay(LocalDay::Of(2026, 6, 19)));   // Midsummer Eve, a Friday
  CHECK(IsWorkingDay(LocalDay::Of(2026, 12, 24)));  // a Thursday
  CHECK(IsWorkingDay(LocalDay::Of(2026, 12, 31)));  // a Thursday
}

TEST_CASE("rolling and counting working days") {
  CHECK(Roll(LocalDay::Of(2026, 4, 3)) == LocalDay::Of(2026, 4, 7));  // over all of Easter
  CHECK(Roll(LocalDay::Of(2026, 4, 7)) == LocalDay::Of(2026, 4, 7));
  CHECK(Roll(LocalDay::Of(2026, 12, 25)) == LocalDay::Of(2026, 12, 28));
  CHECK(WorkingDayAfter(LocalDay::Of(2026, 3, 5), 2) == LocalDay::Of(2026, 3, 9));
  CHECK(WorkingDayAfter(LocalDay::Of(2026, 4, 2), 1) == LocalDay::Of(2026, 4, 7));
  CHECK(WorkingDayAfter(LocalDay::Of(2026, 4, 4), 2) == LocalDay::Of(2026, 4, 8));
}

TEST_CASE("no roll in 2010-2049 is longer than four days, and every one ends on a working day") {
  for (LocalDay d = LocalDay::Of(2010, 1, 1); d <= LocalDay::Of(2049, 12, 31); d = d + 1) {
    const LocalDay rolled = Roll(d);
    if (rolled < d || rolled - d > 4 || !IsWorkingDay(rolled)) FAIL_CHECK(d);
    for (LocalDay skipped = d; skipped < rolled; skipped = skipped + 1) {
      if (IsWorkingDay(skipped)) FAIL_CHECK(d);
    }
  }
}

}  // namespace varsam::calendar
