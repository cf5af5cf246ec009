#include "libs/calendar/stockholm.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/check.h"

namespace varsam::calendar {
namespace {

constexpr int64_t kDaySeconds = 86'400;
constexpr int64_t kYearSeconds = 31'556'952;  // on average
constexpr absl::Duration kWinter = absl::Hours(1);
constexpr absl::Duration kSummer = absl::Hours(2);

// Seconds since 1970 in whole units, rounded down.
int64_t WholeUnits(absl::Time at, int64_t unit_seconds) {
  const int64_t seconds = absl::ToUnixSeconds(at);
  return seconds / unit_seconds - (seconds % unit_seconds < 0 ? 1 : 0);
}

absl::Time Midnight(int64_t epoch_days) { return absl::FromUnixSeconds(epoch_days * kDaySeconds); }

// The moment the clocks change in that month: 01:00 UTC on its last Sunday.
absl::Time ChangeIn(int year, int month) {
  const LocalDay last = LocalDay::Of(year, month, DaysInMonth(year, month));
  const int since_sunday = static_cast<int>(last.weekday()) % 7;
  return Midnight((last - since_sunday).epoch_days()) + absl::Hours(1);
}

struct SummerTime {
  absl::Time from, until;
};

SummerTime ComputeSummerTime(int year) { return {ChangeIn(year, 3), ChangeIn(year, 10)}; }

// Every decision asks for the local day: the years people live in are computed once.
constexpr int kTableFrom = 1990, kTableYears = 120;

SummerTime SummerTimeOf(int year) {
  static const std::array<SummerTime, kTableYears> table = [] {
    std::array<SummerTime, kTableYears> years;
    for (int i = 0; i < kTableYears; ++i) years[i] = ComputeSummerTime(kTableFrom + i);
    return years;
  }();
  const int place = year - kTableFrom;
  return place >= 0 && place < kTableYears ? table[place] : ComputeSummerTime(year);
}

struct WallTime {
  LocalDay day;
  absl::Duration time_of_day;
};

WallTime WallTimeAt(absl::Time at) {
  const absl::Time local = at + OffsetAt(at);
  const int64_t days = WholeUnits(local, kDaySeconds);
  return {LocalDay::FromEpochDays(static_cast<int32_t>(days)), local - Midnight(days)};
}

std::string HoursAndMinutes(absl::Time at, const char* separator) {
  const int64_t minutes = LocalTimeOfDay(at) / absl::Minutes(1);
  return absl::StrFormat("%02d%s%02d", minutes / 60, separator, minutes % 60);
}

}  // namespace

absl::Duration OffsetAt(absl::Time at) {
  VARSAM_CHECK(at != absl::InfiniteFuture() && at != absl::InfinitePast())
      << "an infinite time has no local day";
  // The UTC year decides, give or take some days: around both its ends it is winter time.
  const int year = 1970 + static_cast<int>(WholeUnits(at, kYearSeconds));
  const SummerTime summer = SummerTimeOf(year);
  return at >= summer.from && at < summer.until ? kSummer : kWinter;
}

LocalDay LocalDayOf(absl::Time at) { return WallTimeAt(at).day; }
absl::Duration LocalTimeOfDay(absl::Time at) { return WallTimeAt(at).time_of_day; }

absl::Time StartOfDay(LocalDay day) { return FirstInstantShowing(day, absl::ZeroDuration()); }
absl::Time EndOfDay(LocalDay day) { return StartOfDay(day + 1); }
absl::Time NextMidnight(absl::Time at) { return EndOfDay(LocalDayOf(at)); }

absl::Time FirstInstantShowing(LocalDay day, absl::Duration time_of_day) {
  const absl::Time as_if_utc = Midnight(day.epoch_days()) + time_of_day;
  // Summer time first: of a time that occurs twice that is the earlier pass.
  if (const absl::Time summer = as_if_utc - kSummer; OffsetAt(summer) == kSummer) return summer;
  if (const absl::Time winter = as_if_utc - kWinter; OffsetAt(winter) == kWinter) return winter;
  return ChangeIn(day.year(), 3);  // skipped: the clock jumps past it at the change
}

absl::Time AddPeriod(absl::Time at, Period period) {
  const WallTime wall = WallTimeAt(at);
  return FirstInstantShowing(AddPeriod(wall.day, period), wall.time_of_day);
}

std::string ToStockholmRfc3339(absl::Time at) {
  const WallTime wall = WallTimeAt(at);
  const int64_t seconds = wall.time_of_day / absl::Seconds(1);
  return absl::StrFormat("%sT%02d:%02d:%02d+%02d:00", wall.day.ToString(), seconds / 3600,
                         seconds / 60 % 60, seconds % 60, OffsetAt(at) / absl::Hours(1));
}

std::string InSwedish(absl::Time at) {
  return absl::StrCat(InSwedish(LocalDayOf(at)), " kl. ", HoursAndMinutes(at, "."));
}

std::string InEnglish(absl::Time at) {
  return absl::StrCat(InEnglish(LocalDayOf(at)), " at ", HoursAndMinutes(at, ":"));
}

}  // namespace varsam::calendar
