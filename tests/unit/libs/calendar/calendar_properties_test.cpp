// What must hold for any instant, day and period of 2010-2049.
#include <algorithm>
#include <catch2/catch.hpp>

// After Catch2, which it extends.
#include <rapidcheck.h>

#include "libs/calendar/holidays.h"
#include "libs/calendar/stockholm.h"

namespace varsam::calendar {
namespace {

rc::Gen<absl::Time> AnyInstant() {
  return rc::gen::map(rc::gen::inRange<int64_t>(1262304000, 2524608000),
                      [](int64_t seconds) { return absl::FromUnixSeconds(seconds); });
}

rc::Gen<LocalDay> AnyDay() {
  return rc::gen::map(rc::gen::inRange<int32_t>(14610, 29220),
                      [](int32_t days) { return LocalDay::FromEpochDays(days); });
}

rc::Gen<Period> AnyPeriod() {
  return rc::gen::apply(
      [](int count, int unit) {
        return Period{count, static_cast<PeriodUnit>(unit)};
      },
      rc::gen::inRange(0, 60), rc::gen::inRange(0, 3));
}

}  // namespace

TEST_CASE("an instant lies in its own local day") {
  CHECK(rc::check([] {
    const absl::Time at = *AnyInstant();
    const LocalDay day = LocalDayOf(at);
    RC_ASSERT(StartOfDay(day) <= at);
    RC_ASSERT(at < EndOfDay(day));
  }));
}

TEST_CASE("a local time of day is found again, never after the instant that showed it") {
  CHECK(rc::check([] {
    const absl::Time at = *AnyInstant();
    const absl::Time found = FirstInstantShowing(LocalDayOf(at), LocalTimeOfDay(at));
    RC_ASSERT(found == at || found == at - absl::Hours(1));
    RC_ASSERT(LocalTimeOfDay(found) == LocalTimeOfDay(at));
  }));
}

TEST_CASE("the end of a period is the first instant that shows the wanted time or later") {
  CHECK(rc::check([] {
    const absl::Time at = *AnyInstant();
    const Period period = *AnyPeriod();
    const absl::Time end = AddPeriod(at, period);
    const LocalDay want_day = AddPeriod(LocalDayOf(at), period);
    const auto shows_it_or_later = [&](absl::Time t) {
      return std::pair(LocalDayOf(t), LocalTimeOfDay(t)) >= std::pair(want_day, LocalTimeOfDay(at));
    };
    RC_ASSERT(shows_it_or_later(end));
    // Nothing before it does: the clock runs evenly between changes, so these three tell all.
    for (const absl::Duration before : {absl::Seconds(1), absl::Hours(1), absl::Hours(2)}) {
      RC_ASSERT(!shows_it_or_later(end - before));
    }
  }));
}

TEST_CASE("adding months is monotonous and never leaves the target month") {
  CHECK(rc::check([] {
    const LocalDay day = *AnyDay();
    const int months = *rc::gen::inRange(-240, 240);
    const LocalDay moved = AddMonths(day, months);
    const int month_index = day.year() * 12 + day.month() - 1 + months;
    RC_ASSERT(moved.year() * 12 + moved.month() - 1 == month_index);
    RC_ASSERT(moved.day() == std::min(day.day(), DaysInMonth(moved.year(), moved.month())));
    RC_ASSERT(AddMonths(day + 1, months) >= moved);
  }));
}

TEST_CASE("rolling is idempotent and monotonous") {
  CHECK(rc::check([] {
    const LocalDay day = *AnyDay();
    RC_ASSERT(Roll(Roll(day)) == Roll(day));
    RC_ASSERT(Roll(day) <= Roll(day + 1));
    RC_ASSERT(WorkingDayAfter(day, 1) == Roll(day + 1));
  }));
}

}  // namespace varsam::calendar
