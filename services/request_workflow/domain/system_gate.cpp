#include "services/request_workflow/domain/system_gate.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/error.h"
#include "libs/base/strings.h"
#include "libs/calendar/stockholm.h"

namespace varsam::requests {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};
constexpr int kDayMinutes = 24 * 60;

std::optional<int> Weekday(const std::string& text) {
  const auto at = std::find(kWeekdays.begin(), kWeekdays.end(), text);
  if (at == kWeekdays.end()) return std::nullopt;
  return static_cast<int>(at - kWeekdays.begin()) + 1;
}

std::optional<int> DayOfMonth(const std::string& text) {
  int day = 0;
  if (!absl::SimpleAtoi(text, &day) || day < 1 || day > 31) return std::nullopt;
  return day;
}

std::optional<int> Minute(const std::string& text) {
  int hour = 0, minute = 0;
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  if (!absl::SimpleAtoi(text.substr(0, 2), &hour) || !absl::SimpleAtoi(text.substr(3), &minute)) {
    return std::nullopt;
  }
  const int all = hour * 60 + minute;
  if (hour < 0 || minute < 0 || minute > 59 || all > kDayMinutes) return std::nullopt;
  return all;
}

absl::Status Wrong(std::string_view text) {
  return InvalidField("closed", absl::StrCat("\"", ToAbsl(text),
                                             "\", want \"mon-fri 07:00-09:00\" or "
                                             "\"day 23-25 00:00-24:00\""));
}

}  // namespace

absl::StatusOr<ClosedWindow> ParseClosedWindow(std::string_view text) {
  std::vector<std::string> words = absl::StrSplit(ToAbsl(text), ' ', absl::SkipEmpty());
  ClosedWindow window;
  window.by_month = !words.empty() && words[0] == "day";
  if (window.by_month) words.erase(words.begin());
  if (words.size() != 2) return Wrong(text);
  const std::vector<std::string> days = absl::StrSplit(words[0], '-');
  const std::vector<std::string> times = absl::StrSplit(words[1], '-');
  if (days.size() > 2 || times.size() != 2) return Wrong(text);
  const auto day = window.by_month ? DayOfMonth : Weekday;
  const auto first = day(days.front()), last = day(days.back());
  const auto from = Minute(times[0]), to = Minute(times[1]);
  if (!first || !last || !from || !to || *first > *last || *from >= *to) return Wrong(text);
  window.first_day = *first;
  window.last_day = *last;
  window.from_minute = *from;
  window.to_minute = *to;
  return window;
}

bool IsClosed(const ClosedWindow& window, absl::Time now) {
  const calendar::LocalDay today = calendar::LocalDayOf(now);
  const int day = window.by_month ? today.day() : static_cast<int>(today.weekday());
  const auto minute = absl::ToInt64Minutes(calendar::LocalTimeOfDay(now));
  return day >= window.first_day && day <= window.last_day && minute >= window.from_minute &&
         minute < window.to_minute;
}

bool IsClosed(const std::vector<std::string>& windows, absl::Time now) {
  return std::any_of(windows.begin(), windows.end(), [&](const std::string& text) {
    const auto window = ParseClosedWindow(text);
    return window.ok() && IsClosed(*window, now);
  });
}

int64_t RoomFor(int32_t tasks_per_hour_max, int64_t recent) {
  if (tasks_per_hour_max <= 0) return std::numeric_limits<int64_t>::max();
  return std::max<int64_t>(0, tasks_per_hour_max - recent);
}

}  // namespace varsam::requests
