#include "libs/calendar/stockholm.h"

#include <catch2/catch.hpp>
#include <string>

namespace varsam::calendar {
namespace {

absl::Time At(const std::string& text) {
  absl::Time at;
  std::string error;
  REQUIRE(absl::ParseTime(absl::RFC3339_sec, text, &at, &error));
  return at;
}

}  // namespace

TEST_CASE("the clocks change at 01:00 UTC on the last Sundays of March and October") {
  struct Change {
    const char* spring;
    const char* autumn;
  };
  for (const Change& change : {Change{"2010-03-28T01:00:00Z", "2010-10-31T01:00:00Z"},
                               Change{"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"},
                               Change{"2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z"},
                               Change{"2049-03-28T01:00:00Z", "2049-10-31T01:00:00Z"}}) {
    CHECK(OffsetAt(At(change.spring) - absl::Seconds(1)) == absl::Hours(1));
    CHECK(OffsetAt(At(change.spring)) == absl::Hours(2));
    CHECK(OffsetAt(At(change.autumn) - absl::Seconds(1)) == absl::Hours(2));
    CHECK(OffsetAt(At(change.autumn)) == absl::Hours(1));
  }
}

TEST_CASE("every hour of 2010-2049 agrees with the zone database, where there is one") {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone("Europe/Stockholm", &zone)) {
    WARN("no time zone database here");
    return;
  }
  for (absl::Time at = At("2010-01-01T00:30:00Z"); at < At("2050-01-01T00:00:00Z");
       at += absl::Hours(1)) {
    const absl::CivilDay day = absl::ToCivilDay(at, zone);
    const LocalDay ours = LocalDayOf(at);
    const int offset = zone.At(at).offset;
    if (absl::Seconds(offset) != OffsetAt(at) || ours.day() != day.day() ||
        ours.month() != day.month() || ours.year() != day.year()) {
      FAIL_CHECK(absl::FormatTime(at, absl::UTCTimeZone()));
    }
  }
}

TEST_CASE("a day has 24 hours, or 23 in March and 25 in October") {
  for (LocalDay day = LocalDay::Of(2010, 1, 1); day <= LocalDay::Of(2049, 12, 31); day = day + 1) {
    const absl::Time start = StartOfDay(day), end = EndOfDay(day);
    const bool sunday = day.weekday() == Weekday::kSunday;
    const bool last_week = day.day() >= 25;
    absl::Duration want = absl::Hours(24);
    if (sunday && last_week && day.month() == 3) want = absl::Hours(23);
    if (sunday && last_week && day.month() == 10) want = absl::Hours(25);
    if (end - start != want || LocalDayOf(start) != day || LocalDayOf(end) != day + 1 ||
        LocalDayOf(end - absl::Nanoseconds(1)) != day || NextMidnight(start) != end) {
      FAIL_CHECK(day);
    }
  }
}

TEST_CASE("local days differ from UTC days near midnight") {
  CHECK(LocalDayOf(At("2026-05-04T22:30:00Z")) == LocalDay::Of(2026, 5, 5));
  CHECK(LocalDayOf(At("2026-01-04T22:30:00Z")) == LocalDay::Of(2026, 1, 4));
  CHECK(LocalDayOf(At("2026-01-04T23:00:00Z")) == LocalDay::Of(2026, 1, 5));
  CHECK(LocalDayOf(At("2026-12-31T23:00:00Z")) == LocalDay::Of(2027, 1, 1));
  CHECK(StartOfDay(LocalDay::Of(2026, 11, 16)) == At("2026-11-15T23:00:00Z"));
  CHECK(StartOfDay(LocalDay::Of(2026, 7, 1)) == At("2026-06-30T22:00:00Z"));
}

TEST_CASE("a period keeps the time of day across a clock change") {
  CHECK(AddPeriod(At("2026-01-15T10:00:00+01:00"), Months(6)) == At("2026-07-15T10:00:00+02:00"));
  CHECK(AddPeriod(At("2026-10-24T10:00:00+02:00"), Days(1)) == At("2026-10-25T10:00:00+01:00"));
  CHECK(AddPeriod(At("2026-01-31T23:30:00+01:00"), Months(1)) == At("2026-02-28T23:30:00+01:00"));
  CHECK(AddPeriod(At("2026-01-31T22:30:00Z"), Months(1)) == At("2026-02-28T23:30:00+01:00"));
}

TEST_CASE("a skipped time becomes the moment of the change") {
  CHECK(AddPeriod(At("2026-03-28T02:00:00+01:00"), Days(1)) == At("2026-03-29T01:00:00Z"));
  CHECK(AddPeriod(At("2026-03-28T02:59:59+01:00"), Days(1)) == At("2026-03-29T01:00:00Z"));
  CHECK(AddPeriod(At("2026-03-28T01:59:59+01:00"), Days(1)) == At("2026-03-29T01:59:59+01:00"));
  CHECK(AddPeriod(At("2026-03-28T03:00:00+01:00"), Days(1)) == At("2026-03-29T03:00:00+02:00"));
  CHECK(AddPeriod(At("2025-03-29T02:30:00+01:00"), Years(1)) == At("2026-03-29T01:00:00Z"));
}

TEST_CASE("a repeated time is its first pass") {
  CHECK(AddPeriod(At("2026-10-24T02:30:00+02:00"), Days(1)) == At("2026-10-25T02:30:00+02:00"));
  CHECK(AddPeriod(At("2026-10-24T02:00:00+02:00"), Days(1)) == At("2026-10-25T02:00:00+02:00"));
  CHECK(AddPeriod(At("2026-10-24T03:00:00+02:00"), Days(1)) == At("2026-10-25T03:00:00+01:00"));
  // From the second pass itself: no period at all leads back to the first.
  CHECK(AddPeriod(At("2026-10-25T02:30:00+01:00"), Days(0)) == At("2026-10-25T02:30:00+02:00"));
}

TEST_CASE("times are written for machines and for people") {
  CHECK(ToStockholmRfc3339(At("2026-03-05T09:00:00Z")) == "2026-03-05T10:00:00+01:00");
  CHECK(ToStockholmRfc3339(At("2026-10-25T00:30:00Z")) == "2026-10-25T02:30:00+02:00");
  CHECK(ToStockholmRfc3339(At("2026-10-25T01:30:09Z")) == "2026-10-25T02:30:09+01:00");
  CHECK(InSwedish(At("2026-03-05T09:07:00Z")) == "torsdag 5 mars 2026 kl. 10.07");
  CHECK(InEnglish(At("2026-03-05T09:07:00Z")) == "Thursday 5 March 2026 at 10:07");
}

}  // namespace varsam::calendar
