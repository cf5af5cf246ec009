#include "services/request_workflow/domain/roll_explained.h"

#include "absl/strings/str_cat.h"
#include "libs/base/strings.h"
#include "libs/calendar/holidays.h"

namespace varsam::requests {
namespace {

// "" for a day off that needs no other word than its weekday.
std::string_view NamedOr(const calendar::HolidayName* holiday, std::string_view ordinary,
                         std::string_view calendar::HolidayName::*language) {
  return holiday == nullptr ? ordinary : holiday->*language;
}

}  // namespace

calendar::LocalDay RollExplained(calendar::LocalDay day,
                                 std::vector<calendar::ExplainedStep>& steps) {
  const calendar::LocalDay rolled = calendar::Roll(day);
  if (rolled == day) return day;
  const calendar::HolidayName* holiday = calendar::PublicHoliday(day);
  const auto sv = NamedOr(holiday, "lördag", &calendar::HolidayName::sv);
  const auto en = NamedOr(holiday, "Saturday", &calendar::HolidayName::en);
  steps.push_back(
      {"ROLLED_TO_WORKING_DAY",
       absl::StrCat(day.ToString(), " är ", ToAbsl(sv), "; sista dag blir nästa arbetsdag, ",
                    InSwedish(rolled), "."),
       absl::StrCat(day.ToString(), " is ", ToAbsl(en),
                    "; the last day becomes the next working day, ", InEnglish(rolled), "."),
       rolled});
  return rolled;
}

}  // namespace varsam::requests
