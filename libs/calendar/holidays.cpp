#include "libs/calendar/holidays.h"

#include "libs/base/check.h"

namespace varsam::calendar {
namespace {

constexpr HolidayName kNewYear = {"nyårsdagen", "New Year's Day"};
constexpr HolidayName kEpiphany = {"trettondedag jul", "Epiphany"};
constexpr HolidayName kGoodFriday = {"långfredagen", "Good Friday"};
constexpr HolidayName kEaster = {"påskdagen", "Easter Day"};
constexpr HolidayName kEasterMonday = {"annandag påsk", "Easter Monday"};
constexpr HolidayName kFirstOfMay = {"första maj", "1 May"};
constexpr HolidayName kAscension = {"Kristi himmelsfärdsdag", "Ascension Day"};
constexpr HolidayName kWhitSunday = {"pingstdagen", "Whit Sunday"};
constexpr HolidayName kNationalDay = {"nationaldagen", "the National Day"};
constexpr HolidayName kMidsummer = {"midsommardagen", "Midsummer Day"};
constexpr HolidayName kAllSaints = {"alla helgons dag", "All Saints' Day"};
constexpr HolidayName kChristmas = {"juldagen", "Christmas Day"};
constexpr HolidayName kBoxingDay = {"annandag jul", "Boxing Day"};
constexpr HolidayName kSunday = {"söndag", "Sunday"};

const HolidayName* FixedHoliday(int month, int day) {
  if (month == 1 && day == 1) return &kNewYear;
  if (month == 1 && day == 6) return &kEpiphany;
  if (month == 5 && day == 1) return &kFirstOfMay;
  if (month == 6 && day == 6) return &kNationalDay;
  if (month == 12 && day == 25) return &kChristmas;
  if (month == 12 && day == 26) return &kBoxingDay;
  return nullptr;
}

const HolidayName* EasterHoliday(int days_from_easter) {
  switch (days_from_easter) {
    case -2:
      return &kGoodFriday;
    case 0:
      return &kEaster;
    case 1:
      return &kEasterMonday;
    case 39:
      return &kAscension;
    case 49:
      return &kWhitSunday;
    default:
      return nullptr;
  }
}

const HolidayName* SaturdayHoliday(int month, int day) {
  if (month == 6 && day >= 20 && day <= 26) return &kMidsummer;
  if ((month == 10 && day == 31) || (month == 11 && day <= 6)) return &kAllSaints;
  return nullptr;
}

}  // namespace

LocalDay EasterDay(int year) {
  const int a = year % 19, b = year / 100, c = year % 100;
  const int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
  const int h = (19 * a + b - d - g + 15) % 30;
  const int i = c / 4, k = c % 4;
  const int l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int n = h + l - 7 * m + 114;
  return LocalDay::Of(year, n / 31, n % 31 + 1);
}

const HolidayName* PublicHoliday(LocalDay day) {
  const int month = day.month(), number = day.day();
  if (const HolidayName* fixed = FixedHoliday(month, number)) return fixed;
  if (const HolidayName* easter = EasterHoliday(day - EasterDay(day.year()))) return easter;
  if (day.weekday() == Weekday::kSaturday) return SaturdayHoliday(month, number);
  return day.weekday() == Weekday::kSunday ? &kSunday : nullptr;
}

bool IsWorkingDay(LocalDay day) {
  return day.weekday() != Weekday::kSaturday && PublicHoliday(day) == nullptr;
}

LocalDay Roll(LocalDay day) {
  while (!IsWorkingDay(day)) day = day + 1;
  return day;
}

LocalDay WorkingDayAfter(LocalDay day, int n) {
  VARSAM_CHECK(n >= 1) << "the day itself never counts";
  for (int i = 0; i < n; ++i) day = Roll(day + 1);
  return day;
}

}  // namespace varsam::calendar
