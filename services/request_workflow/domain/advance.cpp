#include "services/request_workflow/domain/advance.h"

#include <algorithm>
#include <set>

#include "libs/base/status_macros.h"
#include "libs/calendar/holidays.h"
#include "libs/calendar/stockholm.h"

namespace varsam::requests {
namespace {

constexpr char kService[] = "service";

bool NeedsSearch(Right right) { return right == Right::kAccess || right == Right::kPortability; }

void SetStep(Case& c, Step step, absl::Time now) {
  c.step = step;
  c.step_at = now;
  c.step_attempts = 0;
}

void StartSearch(Case& c, absl::Time now) {
  const Right right = c.right.value_or(Right::kAccess);
  if (NeedsSearch(right))
    SetStep(c, Step::kSearch, now);
  else if (right == Right::kObjectionLi)
    SetStep(c, Step::kActConsent, now);
  else
    SetStep(c, Step::kNone, now);
}

void BeginExecution(Case& c, absl::Time now) {
  switch (c.right.value_or(Right::kAccess)) {
    case Right::kAccess:
    case Right::kPortability:
      return SetStep(c, Step::kBuildPackage, now);
    case Right::kErasure:
      return SetStep(c, Step::kPlanErasure, now);
    case Right::kRectification:
    case Right::kRestriction:
      return SetStep(c, Step::kActTasks, now);
    case Right::kObjectionMarketing:
    case Right::kWithdrawConsent:
      return SetStep(c, Step::kActConsent, now);
    default:
      return SetStep(c, Step::kNone, now);
  }
}

// Art. 19 knows rectification, erasure and restriction; Art. 17(2) what was made public.
bool MustTell(const Case& c) {
  const bool erasure = c.right == Right::kErasure;
  const bool told = erasure || c.right == Right::kRectification || c.right == Right::kRestriction;
  return (told && !c.recipients.empty()) || (erasure && c.published > 0);
}

// Granted is granted now; what leaves the house or is lost for good waits for its time to cool off.
void StartExecution(Case& c, absl::Time now) {
  c.granted_at = now;
  BeginExecution(c, now);
  if (c.cooling_until && c.step != Step::kNone) c.step_at = std::max(now, *c.cooling_until);
}

void RememberFound(CaseFile& file) {
  std::set<std::string> found;
  for (const Task& task : file.tasks) {
    for (const CategoryResult& result : task.results) {
      if (result.found + result.exported > 0) found.insert(result.data_category);
    }
  }
  file.c.found.assign(found.begin(), found.end());
}

// What entering a state brings with it.
void Enter(CaseFile& file, absl::Time now) {
  Case& c = file.c;
  switch (c.state) {
    case CaseState::kIdentityCheck:
      if (!IdentityProven(c)) SetStep(c, Step::kResolve, now);
      return;
    case CaseState::kSearching:
      c.scanned = false;
      c.review.clear();
      return StartSearch(c, now);
    case CaseState::kReview:
      return RememberFound(file);
    case CaseState::kExecuting:
      return StartExecution(c, now);
    case CaseState::kNotifyingRecipients:
      if (MustTell(c)) SetStep(c, Step::kNotifyRecipients, now);
      return;
    case CaseState::kWithdrawn:
    case CaseState::kClosed:
    case CaseState::kClosedNoIdentity:
      c.closed_at = now;
      return SetStep(c, Step::kNone, now);
    case CaseState::kRefused:
      return SetStep(c, Step::kAnswer, now);
    case CaseState::kReopened:
      c.closed_at.reset();
      c.answer_sent = false;
      return;
    default:
      return;
  }
}

// Does the platform itself still owe the present phase something?
bool StepPending(const Case& c) {
  switch (c.step) {
    case Step::kNone:
    case Step::kAnswer:
    case Step::kResolve:
    case Step::kWithdraw:
    case Step::kAcknowledge:
    case Step::kLiftRestriction:
      return false;
    default:
      return true;
  }
}

// Erased things are certified before the person is answered.
bool AwaitsCertificate(const CaseFile& file) {
  return file.c.right == Right::kErasure && file.c.certificate_id.empty() &&
         std::any_of(file.tasks.begin(), file.tasks.end(),
                     [](const Task& task) { return task.action == TaskAction::kErase; });
}

// Recipients are told after the systems have done what they are told of (Art. 19, 17(2)).
absl::Status GoOnNotifying(CaseFile& file, absl::Time now, Changes& out) {
  Case& c = file.c;
  if (c.state != CaseState::kNotifyingRecipients || c.step != Step::kNone) return absl::OkStatus();
  if (FactsOf(file, now).recipients_pending > 0 || AwaitsCertificate(file)) return absl::OkStatus();
  RETURN_IF_ERROR(Advance(file, {CaseEvent::kRecipientsNotified, kService, ""}, now, out));
  SetStep(c, Step::kAnswer, now);
  return absl::OkStatus();
}

}  // namespace

DueDateFacts DueDateFactsOf(const Case& c) {
  DueDateFacts facts;
  facts.right = c.right.value_or(c.suggested.value_or(Right::kAccess));
  facts.arrivals = {{c.received_at, true}};
  facts.large_volume = c.large_volume;
  facts.questions = c.questions;
  facts.extension = c.extension;
  return facts;
}

absl::StatusOr<DueDate> ClockOf(const Case& c, absl::Time as_of) {
  return ComputeDueDate(DueDateFactsOf(c), as_of);
}

bool IdentityProven(const Case& c) {
  return c.subject.has_value() && c.identity >= IdentityLevel::kContact;
}

bool PhaseComplete(const CaseFile& file, absl::Time now) {
  const CaseFacts facts = FactsOf(file, now);
  return facts.systems_unanswered == 0 && facts.tasks_open == 0;
}

CaseFacts FactsOf(const CaseFile& file, absl::Time now) {
  CaseFacts facts;
  const Case& c = file.c;
  facts.right = c.right;
  facts.confirmed_by_human = true;  // a class that stands in the case was confirmed; see Recognise
  facts.large_volume = c.large_volume;
  facts.children = file.children;
  facts.children_open = file.children_open;
  facts.identity_verified = IdentityProven(c);
  facts.systems_unanswered =
      static_cast<int>(CoverageOf(c.state, file.tasks).systems_missing.size());
  if (StepPending(c)) ++facts.systems_unanswered;
  for (const Task& task : file.tasks) {
    const bool lease_runs = task.lease_until.has_value() && *task.lease_until > now;
    if (!IsAnswered(task.state) || lease_runs) ++facts.tasks_open;
    if (IsForRecipients(task.action) && !IsAnswered(task.state)) ++facts.recipients_pending;
  }
  if (c.step == Step::kNotifyRecipients) ++facts.recipients_pending;
  facts.access_together_open = file.access_together_open;
  facts.refusal_has_code = !c.refusal_code.empty();
  facts.fee_ground = true;  // PauseRequest with kind fee states it
  return facts;
}

std::vector<std::string> CodesOf(const CaseFile& file, absl::Time as_of) {
  std::vector<std::string> codes;
  const Case& c = file.c;
  const bool working = c.state == CaseState::kSearching || c.state == CaseState::kExecuting;
  if (working && !CoverageOf(c.state, file.tasks).complete())
    codes.push_back("COVERAGE_INCOMPLETE");
  for (const Task& task : file.tasks) {
    if (task.state == TaskState::kNeedsHuman) {
      codes.push_back("NEEDS_HUMAN");
      break;
    }
  }
  if (c.contact_end && !IsEnded(c.state)) codes.push_back("CONTACT_END");
  if (c.special_risk) codes.push_back("SPECIAL_RISK");
  if (c.stop_wanted) codes.push_back("STOP_WANTED");
  if (c.agent && c.mandate.empty()) codes.push_back("MANDATE_MISSING");
  if (c.cooling_until && *c.cooling_until > as_of && !IsEnded(c.state)) {
    codes.push_back("COOLING_OFF");
  }
  const bool open_items = std::any_of(c.review.begin(), c.review.end(), [](const ReviewItem& item) {
    return item.decision == "pending";
  });
  if (open_items && c.state == CaseState::kReview) codes.push_back("REVIEW_ITEMS_OPEN");
  if (!c.refusal_by.empty() && c.state == CaseState::kReview)
    codes.push_back("SECOND_PERSON_NEEDED");
  const absl::StatusOr<DueDate> clock = ClockOf(c, as_of);
  if (c.acknowledgement == Acknowledgement::kOwed && c.state != CaseState::kWithdrawn) {
    codes.push_back("ACKNOWLEDGEMENT_OWED");
    const auto by = AcknowledgeBy(c);
    if (calendar::LocalDayOf(as_of) > by) codes.push_back("ACKNOWLEDGEMENT_OVERDUE");
  }
  if (clock.ok() && clock->term && !IsEnded(c.state)) {
    const Urgency urgency = UrgencyAt(clock->term->due_date, as_of);
    if (clock->term->extended) codes.push_back("EXTENDED");
    if (clock->term->extension_late) codes.push_back("EXTENSION_LATE");
    const bool owed = c.state != CaseState::kResponded && c.state != CaseState::kRefused;
    if (owed && urgency.overdue) codes.push_back("OVERDUE");
    if (owed && urgency.due_soon) codes.push_back("DUE_SOON");
  }
  return codes;
}

calendar::LocalDay AcknowledgeBy(const Case& c) {
  return calendar::WorkingDayAfter(calendar::LocalDayOf(c.received_at), kAcknowledgeWorkingDays);
}

void OweAcknowledgement(CaseFile& file, absl::Time now, Changes& out) {
  Case& c = file.c;
  if (c.acknowledgement != Acknowledgement::kPending) return;
  c.acknowledgement = Acknowledgement::kOwed;
  out.events.push_back(
      {c.id, now, "acknowledgement_owed", c.state, kService, "by " + AcknowledgeBy(c).ToString()});
}

absl::Status Advance(CaseFile& file, const Move& move, absl::Time now, Changes& out) {
  CaseFacts facts = FactsOf(file, now);
  facts.refusing_people = move.refusing_people;
  facts.delivered = move.delivered;
  const CaseState from = file.c.state;
  ASSIGN_OR_RETURN(const CaseStep step, Apply(from, move.event, facts));
  const CaseState to = step.next;
  file.c.state = to;
  out.events.push_back(
      {file.c.id, now, std::string(NameOf(move.event)), to, move.actor, move.note});
  out.notes.push_back(NoteCaseAdvanced{file.c.id, std::string(NameOf(move.event)), from, to,
                                       move.actor, file.c.subject});
  Enter(file, now);
  return absl::OkStatus();
}

absl::Status GoOn(CaseFile& file, absl::Time now, Changes& out) {
  Case& c = file.c;
  if (c.state == CaseState::kIdentityCheck && IdentityProven(c)) {
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kIdentityProven, kService, ""}, now, out));
  }
  if (c.state == CaseState::kSearching && PhaseComplete(file, now) &&
      NeedsSearch(c.right.value_or(Right::kAccess)) && !c.scanned) {
    SetStep(c, Step::kScan, now);
    return absl::OkStatus();
  }
  if (c.state == CaseState::kSearching && PhaseComplete(file, now)) {
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kSearchCompleted, kService, ""}, now, out));
  }
  if (c.state == CaseState::kExecuting && PhaseComplete(file, now)) {
    const bool erases = c.right == Right::kErasure;
    const bool erased = std::any_of(file.tasks.begin(), file.tasks.end(), [](const Task& task) {
      return task.action == TaskAction::kErase;
    });
    if (erases && erased) {
      SetStep(c, Step::kEraseSubject, now);
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kExecutionCompleted, kService, ""}, now, out));
  }
  return GoOnNotifying(file, now, out);
}

void Settle(CaseFile& file, absl::Time now, Changes& out) {
  const absl::StatusOr<DueDate> clock = ClockOf(file.c, now);
  file.c.due_date.reset();
  if (clock.ok() && clock->term) file.c.due_date = clock->term->due_date;
  ++file.c.version;
  out.cases.push_back(file.c);
}

}  // namespace varsam::requests
