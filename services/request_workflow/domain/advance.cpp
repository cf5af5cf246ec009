#include "services/request_workflow/domain/advance.h"

#include <algorithm>
#include <set>

#include "libs/base/status_macros.h"
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

void StartExecution(Case& c, absl::Time now) {
  c.granted_at = now;
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
      return StartSearch(c, now);
    case CaseState::kReview:
      return RememberFound(file);
    case CaseState::kExecuting:
      return StartExecution(c, now);
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

bool StepPending(const Case& c) {
  return c.step != Step::kNone && c.step != Step::kAnswer && c.step != Step::kResolve &&
         c.step != Step::kWithdraw;
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
  }
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
  if (!c.refusal_by.empty() && c.state == CaseState::kReview)
    codes.push_back("SECOND_PERSON_NEEDED");
  const absl::StatusOr<DueDate> clock = ClockOf(c, as_of);
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
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kRecipientsNotified, kService, ""}, now, out));
    SetStep(c, Step::kAnswer, now);
  }
  return absl::OkStatus();
}

void Settle(CaseFile& file, absl::Time now, Changes& out) {
  const absl::StatusOr<DueDate> clock = ClockOf(file.c, now);
  file.c.due_date.reset();
  if (clock.ok() && clock->term) file.c.due_date = clock->term->due_date;
  ++file.c.version;
  out.cases.push_back(file.c);
}

}  // namespace varsam::requests
