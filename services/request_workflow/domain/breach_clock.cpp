#include "services/request_workflow/domain/breach_clock.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/calendar/stockholm.h"

namespace varsam::requests {
namespace {

using calendar::InEnglish;
using calendar::InSwedish;
using calendar::LocalDayOf;

}  // namespace

BreachClock ComputeBreachClock(const BreachFacts& facts, absl::Time as_of) {
  BreachClock clock;
  clock.notify_by = facts.aware_at + absl::Hours(kBreachNotifyHours);
  for (const BreachNotification& notification : facts.notifications) {
    clock.first_notified_at =
        std::min(notification.at, clock.first_notified_at.value_or(notification.at));
  }
  clock.late = clock.first_notified_at.value_or(as_of) > clock.notify_by;
  clock.reasons_required = clock.late;

  clock.steps.push_back(
      {"AWARE", absl::StrCat("Incidenten blev känd ", InSwedish(facts.aware_at), "."),
       absl::StrCat("The breach became known on ", InEnglish(facts.aware_at), "."),
       LocalDayOf(facts.aware_at)});
  clock.steps.push_back(
      {"HOURS_ADDED",
       absl::StrCat(kBreachNotifyHours, " timmar senare, helgdagar medräknade, är ",
                    InSwedish(clock.notify_by), "; senast då ska IMY underrättas."),
       absl::StrCat(kBreachNotifyHours, " hours later, days off included, is ",
                    InEnglish(clock.notify_by), "; the authority must be notified by then."),
       LocalDayOf(clock.notify_by)});
  if (clock.first_notified_at) {
    const absl::Time at = *clock.first_notified_at;
    clock.steps.push_back(
        {clock.late ? "NOTIFIED_LATE" : "NOTIFIED_IN_TIME",
         absl::StrCat("IMY underrättades första gången ", InSwedish(at),
                      clock.late ? ", för sent; skälen ska anges." : ", i tid."),
         absl::StrCat("The authority was first notified on ", InEnglish(at),
                      clock.late ? ", too late; the reasons must be stated." : ", in time."),
         LocalDayOf(at)});
  }
  return clock;
}

}  // namespace varsam::requests
