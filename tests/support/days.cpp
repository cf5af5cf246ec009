#include "tests/support/days.h"

#include <cstdio>
#include <string>

#include "libs/base/check.h"
#include "libs/calendar/stockholm.h"

namespace varsam::testing {

calendar::LocalDay Day(std::string_view date) {
  const auto day = calendar::ParseDay(date);
  VARSAM_CHECK(day.ok()) << day.status().ToString();
  return *day;
}

absl::Time At(std::string_view local) {
  const calendar::LocalDay day = Day(local.substr(0, 10));
  int hours = 0, minutes = 0, seconds = 0;
  if (local.size() > 10) {
    const int read =
        std::sscanf(std::string(local.substr(11)).c_str(), "%d:%d:%d", &hours, &minutes, &seconds);
    VARSAM_CHECK(read >= 2) << "want YYYY-MM-DD hh:mm[:ss]";
  }
  return calendar::FirstInstantShowing(
      day, absl::Hours(hours) + absl::Minutes(minutes) + absl::Seconds(seconds));
}

}  // namespace varsam::testing
