// Europe/Stockholm between instants and days: UTC+1, and UTC+2 from 01:00 UTC on the last Sunday of
// March until 01:00 UTC on the last Sunday of October (directive 2000/84/EC; FORMAT 1.3). Computed
// by rule, so no time zone database is needed at runtime. Right for 1996 and later as long as that
// law stands; infinite times are CHECKed. Pure; safe from every thread.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "libs/calendar/day.h"
#include "libs/calendar/period.h"

namespace varsam::calendar {

// One hour or two.
absl::Duration OffsetAt(absl::Time at);

// The calendar day a clock in Stockholm shows.
LocalDay LocalDayOf(absl::Time at);
// The time of day the same clock shows, 0 h up to 24 h excluded.
absl::Duration LocalTimeOfDay(absl::Time at);

// Local midnight at which the day starts.
absl::Time StartOfDay(LocalDay day);
// Local midnight after the day: an interval of days that includes `day` ends here, excluded.
absl::Time EndOfDay(LocalDay day);
// Local midnight after the day that holds the instant.
absl::Time NextMidnight(absl::Time at);

// The first instant at which a clock in Stockholm shows that day and time of day or later: a time
// skipped in March is the moment of the change, one that occurs twice in October its first pass.
absl::Time FirstInstantShowing(LocalDay day, absl::Duration time_of_day);

// The instant a calendar period later on the Stockholm clock: the day moves, the time of day stays
// (life of a consent; FORMAT 1.3, 7-T1, 7-T2).
absl::Time AddPeriod(absl::Time at, Period period);

// "2026-03-05T10:00:00+01:00", whole seconds.
std::string ToStockholmRfc3339(absl::Time at);
// "torsdag 5 mars 2026 kl. 10.00" and "Thursday 5 March 2026 at 10:00", for people.
std::string InSwedish(absl::Time at);
std::string InEnglish(absl::Time at);

}  // namespace varsam::calendar
