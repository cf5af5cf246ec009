#include "services/request_workflow/domain/art14_notice_due.h"

#include "absl/strings/str_cat.h"
#include "libs/calendar/period.h"
#include "libs/calendar/stockholm.h"
#include "services/request_workflow/domain/roll_explained.h"

namespace varsam::requests {
namespace {

using calendar::InEnglish;
using calendar::InSwedish;
using calendar::LocalDay;

// An event that demands the notice on its own day, if that is earlier.
void NoticeAt(const std::optional<absl::Time>& event, const char* code, const char* sv,
              const char* en, Art14NoticeDue& due) {
  if (!event) return;
  const LocalDay day = calendar::LocalDayOf(*event);
  if (day >= due.notice_by) return;
  due.notice_by = day;
  due.steps.push_back({code,
                       absl::StrCat(sv, " ", InSwedish(day), "; informationen ska ges senast då."),
                       absl::StrCat(en, " ", InEnglish(day), "; the notice is due by then."), day});
}

}  // namespace

Art14NoticeDue ComputeArt14NoticeDue(const Art14NoticeFacts& facts) {
  const LocalDay collected = calendar::LocalDayOf(facts.collected_at);
  const calendar::Period month = calendar::Months(kArt14Months);
  const LocalDay raw = calendar::AddPeriod(collected, month);
  Art14NoticeDue due;
  due.steps.push_back(
      {"COLLECTED", absl::StrCat("Uppgifterna samlades in ", InSwedish(collected), "."),
       absl::StrCat("The data was collected on ", InEnglish(collected), "."), collected});
  due.steps.push_back({"MONTHS_ADDED",
                       absl::StrCat(InSwedish(month), " senare är ", InSwedish(raw), "."),
                       absl::StrCat(InEnglish(month), " later is ", InEnglish(raw), "."), raw});
  due.notice_by = RollExplained(raw, due.steps);
  NoticeAt(facts.first_contact_at, "FIRST_CONTACT", "Personen kontaktades första gången",
           "The person was first contacted on", due);
  NoticeAt(facts.first_disclosure_at, "FIRST_DISCLOSURE",
           "Uppgifterna lämnades första gången ut till någon annan",
           "The data was first disclosed to someone else on", due);
  return due;
}

}  // namespace varsam::requests
