// Swedish public holidays (lag 1989:253 om allmänna helgdagar), working days, and the rule that a
// period of days ending on a day off ends on the next working day (Reg. (EEC, Euratom) 1182/71
// art. 3(4)). Midsummer Eve, Christmas Eve and New Year's Eve are ordinary days: lag 1930:173
// treats them as Sundays for Swedish statutory time only, and they must not lengthen an EU
// deadline. Pure.
#pragma once

#include <string_view>

#include "libs/calendar/day.h"

namespace varsam::calendar {

// Name of a public holiday for people; Sundays without another name are called Sunday.
struct HolidayName {
  std::string_view sv;
  std::string_view en;
};

// Gregorian Easter Day (Meeus/Butcher).
LocalDay EasterDay(int year);

// The name of the holiday, or nullptr on every other day. Points to constants.
const HolidayName* PublicHoliday(LocalDay day);

// Monday to Friday and not a public holiday.
bool IsWorkingDay(LocalDay day);

// The first working day on or after the day.
LocalDay Roll(LocalDay day);

// The n-th working day after the day, which itself never counts; n >= 1 (CHECKed).
LocalDay WorkingDayAfter(LocalDay day, int n);

}  // namespace varsam::calendar
