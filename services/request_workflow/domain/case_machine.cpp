#include "services/request_workflow/domain/case_machine.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/strings.h"

namespace varsam::requests {
namespace {

const Transition* Find(std::span<const Transition> table, CaseState state, CaseEvent event) {
  for (const Transition& row : table) {
    if (row.from == state && row.event == event) return &row;
  }
  return nullptr;
}

absl::Status Refuse(std::string_view reason, CaseState state, CaseEvent event) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, reason,
                         absl::StrCat(ToAbsl(NameOf(event)), " in state ", ToAbsl(NameOf(state))));
}

}  // namespace

bool Holds(Guard guard, const CaseFacts& facts) {
  const bool immediate = facts.right && IsImmediate(*facts.right);
  // A complaint to IMY is no request to us: it is answered with information.
  const bool inquiry = !facts.right || *facts.right == Right::kComplaintImy;
  switch (guard) {
    case Guard::kConfirmedByHuman:
      return facts.confirmed_by_human;
    case Guard::kAssessedRight:
      return !inquiry && !immediate;
    case Guard::kImmediateRight:
      return immediate;
    case Guard::kInquiry:
      return inquiry;
    case Guard::kScopeMayBeAsked:
      return facts.right == Right::kAccess && facts.large_volume;
    case Guard::kNotSplit:
      return facts.children == 0;
    case Guard::kSplit:
      return facts.children > 0;
    case Guard::kChildrenEnded:
      return facts.children_open == 0;
    case Guard::kIdentityVerified:
      return facts.identity_verified;
    case Guard::kSilentAfterReminder:
      return facts.silent_days_after_reminder.value_or(0) >= kSilentDaysToClose;
    case Guard::kInabilityShown:
      return facts.inability_shown;
    case Guard::kAllSystemsAnswered:
      return facts.systems_unanswered == 0;
    case Guard::kNoOpenTasks:
      return facts.tasks_open == 0;
    case Guard::kAccessFirst:
      return facts.right != Right::kErasure || !facts.access_together_open;
    case Guard::kWithheldHaveCodes:
      return facts.withheld_without_code == 0;
    case Guard::kTwoPeople:
      return facts.refusing_people >= kPeopleToRefuse;
    case Guard::kRefusalHasCode:
      return facts.refusal_has_code;
    case Guard::kFeeGround:
      return facts.fee_ground;
    case Guard::kRecipientsDone:
      return facts.recipients_pending == 0;
    case Guard::kDelivered:
      return facts.delivered;
  }
  return false;
}

absl::StatusOr<CaseStep> ApplyIn(std::span<const Transition> table, CaseState state,
                                 CaseEvent event, const CaseFacts& facts) {
  const Transition* row = Find(table, state, event);
  if (row == nullptr) return Refuse("EVENT_NOT_ALLOWED", state, event);
  for (int i = 0; i < kGuards; ++i) {
    const Guard guard = static_cast<Guard>(i);
    if (row->guards.Contains(guard) && !Holds(guard, facts)) {
      return Refuse(ReasonCodeOf(guard), state, event);
    }
  }
  CaseStep step{row->to, {}};
  for (int i = 0; i < kEffects; ++i) {
    const Effect effect = static_cast<Effect>(i);
    if (row->effects.Contains(effect)) step.effects.push_back(effect);
  }
  return step;
}

absl::StatusOr<CaseStep> Apply(CaseState state, CaseEvent event, const CaseFacts& facts) {
  return ApplyIn(CaseTable(), state, event, facts);
}

}  // namespace varsam::requests
