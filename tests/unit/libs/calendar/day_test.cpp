#include "libs/calendar/day.h"

#include <catch2/catch.hpp>

#include "absl/time/civil_time.h"
#include "libs/calendar/period.h"

namespace varsam::calendar {

TEST_CASE("a day knows its parts and prints them") {
  const LocalDay day = LocalDay::Of(2026, 3, 5);
  CHECK(day.year() == 2026);
  CHECK(day.month() == 3);
  CHECK(day.day() == 5);
  CHECK(day.weekday() == Weekday::kThursday);
  CHECK(day.ToString() == "2026-03-05");
  CHECK(InSwedish(day) == "torsdag 5 mars 2026");
  CHECK(InEnglish(day) == "Thursday 5 March 2026");
  CHECK(LocalDay() == LocalDay::Of(1970, 1, 1));
  CHECK(LocalDay().weekday() == Weekday::kThursday);
  CHECK(LocalDay::Of(1969, 12, 28).weekday() == Weekday::kSunday);
  CHECK(day + 30 == LocalDay::Of(2026, 4, 4));
  CHECK(LocalDay::Of(2026, 4, 4) - day == 30);
}

TEST_CASE("all days of 1900-2100 agree with civil arithmetic and survive text") {
  absl::CivilDay civil(1900, 1, 1);
  for (LocalDay day = LocalDay::Of(1900, 1, 1); day <= LocalDay::Of(2100, 12, 31); day = day + 1) {
    const bool same =
        day.year() == civil.year() && day.month() == civil.month() && day.day() == civil.day() &&
        static_cast<int>(day.weekday()) - 1 == static_cast<int>(absl::GetWeekday(civil));
    const auto parsed = ParseDay(day.ToString());
    if (!same || !parsed.ok() || *parsed != day) FAIL_CHECK(day);
    ++civil;
  }
}

TEST_CASE("a day is read strictly") {
  for (const char* text : {"", "2026-3-05", "2026-03-5", "2026-02-29", "2026-04-31", "2026-13-01",
                           "2026-00-10", "2026-01-00", "1899-12-31", "2026/03/05", "2026-03-05T",
                           " 2026-03-05", "+026-03-05", "20a6-03-05", "2026-03-0\xc2"}) {
    CHECK_FALSE(ParseDay(text).ok());
  }
  CHECK(ParseDay("2028-02-29").value() == LocalDay::Of(2028, 2, 29));
}

TEST_CASE("months keep the day number or take the last day") {
  CHECK(AddMonths(LocalDay::Of(2026, 8, 31), 1) == LocalDay::Of(2026, 9, 30));
  CHECK(AddMonths(LocalDay::Of(2028, 1, 31), 1) == LocalDay::Of(2028, 2, 29));
  CHECK(AddMonths(LocalDay::Of(2027, 1, 31), 1) == LocalDay::Of(2027, 2, 28));
  CHECK(AddMonths(LocalDay::Of(2026, 11, 30), 3) == LocalDay::Of(2027, 2, 28));
  CHECK(AddMonths(LocalDay::Of(2026, 12, 6), 1) == LocalDay::Of(2027, 1, 6));
  CHECK(AddMonths(LocalDay::Of(2026, 3, 31), -1) == LocalDay::Of(2026, 2, 28));
  CHECK(AddMonths(LocalDay::Of(2026, 1, 15), -13) == LocalDay::Of(2024, 12, 15));
  CHECK(AddMonths(LocalDay::Of(2028, 2, 29), 12) == LocalDay::Of(2029, 2, 28));
}

TEST_CASE("periods are read strictly and written back as they were") {
  for (const char* text : {"P0D", "P30D", "P3M", "P12M", "P2Y", "P200Y", "P2400M", "P73000D"}) {
    const auto period = ParsePeriod(text);
    REQUIRE(period.ok());
    CHECK(ToString(*period) == text);
  }
  for (const char* text : {"", "P", "PD", "P1", "1D", "P1W", "P-1D", "P+1D", "P1.5Y", "p1D", "P1d",
                           "P1Y2M", "PT1H", "P1D ", "P201Y", "P2401M", "P73001D", "P999999D"}) {
    CHECK_FALSE(ParsePeriod(text).ok());
  }
}

TEST_CASE("a period moves a day by its own unit") {
  const LocalDay day = LocalDay::Of(2024, 2, 29);
  CHECK(AddPeriod(day, Days(366)) == LocalDay::Of(2025, 3, 1));
  CHECK(AddPeriod(day, Months(12)) == LocalDay::Of(2025, 2, 28));
  CHECK(AddPeriod(day, Years(1)) == LocalDay::Of(2025, 2, 28));
  CHECK(AddPeriod(day, Years(4)) == LocalDay::Of(2028, 2, 29));
  CHECK(AddPeriod(day, Days(0)) == day);
  CHECK(SubtractPeriod(LocalDay::Of(2026, 3, 31), Months(1)) == LocalDay::Of(2026, 2, 28));
  CHECK(SubtractPeriod(LocalDay::Of(2026, 3, 31), Days(30)) == LocalDay::Of(2026, 3, 1));
  CHECK(InSwedish(Years(2)) == "2 år");
  CHECK(InSwedish(Months(1)) == "1 månad");
  CHECK(InSwedish(Days(9)) == "9 dagar");
  CHECK(InEnglish(Days(1)) == "1 day");
  CHECK(InEnglish(Months(3)) == "3 months");
}

}  // namespace varsam::calendar
