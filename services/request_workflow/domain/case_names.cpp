// The names of states, events, guards and effects, for the diagram, metrics and the audit.
#include <cstddef>

#include "services/request_workflow/domain/case_machine.h"

namespace varsam::requests {
namespace {

template <typename E>
struct Named {
  E value;
  std::string_view name;
};

// Every enumerator stands at its own place, so that looking up is indexing.
template <typename E, size_t N>
constexpr bool InOrder(const Named<E> (&names)[N], int count) {
  for (size_t i = 0; i < N; ++i) {
    if (static_cast<size_t>(names[i].value) != i) return false;
  }
  return N == static_cast<size_t>(count);
}

constexpr Named<CaseState> kStateNames[] = {
    {CaseState::kReceived, "received"},
    {CaseState::kTriage, "triage"},
    {CaseState::kInquiry, "inquiry"},
    {CaseState::kIdentityCheck, "identity_check"},
    {CaseState::kAwaitingIdentity, "awaiting_identity"},
    {CaseState::kUnidentifiable, "unidentifiable"},
    {CaseState::kAwaitingScope, "awaiting_scope"},
    {CaseState::kSearching, "searching"},
    {CaseState::kReview, "review"},
    {CaseState::kFeeProposed, "fee_proposed"},
    {CaseState::kExecuting, "executing"},
    {CaseState::kNotifyingRecipients, "notifying_recipients"},
    {CaseState::kResponded, "responded"},
    {CaseState::kRefused, "refused"},
    {CaseState::kWithdrawn, "withdrawn"},
    {CaseState::kClosedNoIdentity, "closed_no_identity"},
    {CaseState::kClosed, "closed"},
    {CaseState::kComplaint, "complaint"},
    {CaseState::kReopened, "reopened"},
};
static_assert(InOrder(kStateNames, kCaseStates));

constexpr Named<CaseEvent> kEventNames[] = {
    {CaseEvent::kClassified, "classified"},
    {CaseEvent::kRightsRequestConfirmed, "rights_request_confirmed"},
    {CaseEvent::kImmediateRightConfirmed, "immediate_right_confirmed"},
    {CaseEvent::kSplit, "split"},
    {CaseEvent::kChildrenEnded, "children_ended"},
    {CaseEvent::kInquiryConfirmed, "inquiry_confirmed"},
    {CaseEvent::kInquiryAnswered, "inquiry_answered"},
    {CaseEvent::kTurnedIntoRight, "turned_into_right"},
    {CaseEvent::kIdentityProven, "identity_proven"},
    {CaseEvent::kIdentityDoubted, "identity_doubted"},
    {CaseEvent::kIdentityInsufficient, "identity_insufficient"},
    {CaseEvent::kIdentitySilent, "identity_silent"},
    {CaseEvent::kNotIdentifiable, "not_identifiable"},
    {CaseEvent::kExtraDataGiven, "extra_data_given"},
    {CaseEvent::kNotIdentifiableAnswered, "not_identifiable_answered"},
    {CaseEvent::kIdentityReopened, "identity_reopened"},
    {CaseEvent::kScopeAsked, "scope_asked"},
    {CaseEvent::kScopeAnswered, "scope_answered"},
    {CaseEvent::kInsistedOnAll, "insisted_on_all"},
    {CaseEvent::kSearchCompleted, "search_completed"},
    {CaseEvent::kGranted, "granted"},
    {CaseEvent::kPartlyGranted, "partly_granted"},
    {CaseEvent::kRefused, "refused"},
    {CaseEvent::kFeeProposed, "fee_proposed"},
    {CaseEvent::kFeeAccepted, "fee_accepted"},
    {CaseEvent::kFeeDeclined, "fee_declined"},
    {CaseEvent::kWithdrawn, "withdrawn"},
    {CaseEvent::kSystemFailed, "system_failed"},
    {CaseEvent::kExecutionCompleted, "execution_completed"},
    {CaseEvent::kRecipientsNotified, "recipients_notified"},
    {CaseEvent::kDeliveryProven, "delivery_proven"},
    {CaseEvent::kComplaintReceived, "complaint_received"},
    {CaseEvent::kReopened, "reopened"},
    {CaseEvent::kReviewResumed, "review_resumed"},
    {CaseEvent::kSearchResumed, "search_resumed"},
    {CaseEvent::kIdentityResumed, "identity_resumed"},
    {CaseEvent::kExecutionResumed, "execution_resumed"},
    {CaseEvent::kTriageResumed, "triage_resumed"},
};
static_assert(InOrder(kEventNames, kCaseEvents));

constexpr Named<Guard> kGuardNames[] = {
    {Guard::kConfirmedByHuman, "confirmed_by_human"},
    {Guard::kAssessedRight, "assessed_right"},
    {Guard::kImmediateRight, "immediate_right"},
    {Guard::kScopeMayBeAsked, "scope_may_be_asked"},
    {Guard::kNotSplit, "not_split"},
    {Guard::kSplit, "split"},
    {Guard::kChildrenEnded, "children_ended"},
    {Guard::kIdentityVerified, "identity_verified"},
    {Guard::kSilentAfterReminder, "silent_after_reminder"},
    {Guard::kInabilityShown, "inability_shown"},
    {Guard::kAllSystemsAnswered, "all_systems_answered"},
    {Guard::kNoOpenTasks, "no_open_tasks"},
    {Guard::kAccessFirst, "access_first"},
    {Guard::kWithheldHaveCodes, "withheld_have_codes"},
    {Guard::kTwoPeople, "two_people"},
    {Guard::kRefusalHasCode, "refusal_has_code"},
    {Guard::kFeeGround, "fee_ground"},
    {Guard::kRecipientsDone, "recipients_done"},
    {Guard::kDelivered, "delivered"},
    {Guard::kInquiry, "inquiry"},
};
static_assert(InOrder(kGuardNames, kGuards));

constexpr Named<Effect> kEffectNames[] = {
    {Effect::kAcknowledge, "acknowledge"},
    {Effect::kCreateChildCases, "create_child_cases"},
    {Effect::kApplyAtOnce, "apply_at_once"},
    {Effect::kAskIdentity, "ask_identity"},
    {Effect::kAskScope, "ask_scope"},
    {Effect::kFreezeErasure, "freeze_erasure"},
    {Effect::kReleaseFreeze, "release_freeze"},
    {Effect::kStartSearch, "start_search"},
    {Effect::kStartExecution, "start_execution"},
    {Effect::kRetryAndAlert, "retry_and_alert"},
    {Effect::kNotifyRecipients, "notify_recipients"},
    {Effect::kSendAnswer, "send_answer"},
    {Effect::kSendRefusal, "send_refusal"},
    {Effect::kSendFeeProposal, "send_fee_proposal"},
    {Effect::kSendClosingLetter, "send_closing_letter"},
    {Effect::kStartKeeping, "start_keeping"},
};
static_assert(InOrder(kEffectNames, kEffects));

constexpr Named<Guard> kReasonCodes[] = {
    {Guard::kConfirmedByHuman, "CLASS_NOT_CONFIRMED"},
    {Guard::kAssessedRight, "RIGHT_DOES_NOT_FIT"},
    {Guard::kImmediateRight, "RIGHT_DOES_NOT_FIT"},
    {Guard::kScopeMayBeAsked, "SCOPE_NOT_ASKABLE"},
    {Guard::kNotSplit, "CASE_IS_SPLIT"},
    {Guard::kSplit, "CASE_NOT_SPLIT"},
    {Guard::kChildrenEnded, "CHILDREN_OPEN"},
    {Guard::kIdentityVerified, "IDENTITY_NOT_VERIFIED"},
    {Guard::kSilentAfterReminder, "NOT_SILENT_LONG_ENOUGH"},
    {Guard::kInabilityShown, "INABILITY_NOT_SHOWN"},
    {Guard::kAllSystemsAnswered, "SYSTEM_UNANSWERED"},
    {Guard::kNoOpenTasks, "TASKS_OPEN"},
    {Guard::kAccessFirst, "ACCESS_NOT_ANSWERED"},
    {Guard::kWithheldHaveCodes, "WITHHELD_WITHOUT_CODE"},
    {Guard::kTwoPeople, "SECOND_PERSON_MISSING"},
    {Guard::kRefusalHasCode, "REASON_MISSING"},
    {Guard::kFeeGround, "FEE_WITHOUT_GROUND"},
    {Guard::kRecipientsDone, "RECIPIENTS_PENDING"},
    {Guard::kDelivered, "NOT_DELIVERED"},
    {Guard::kInquiry, "RIGHT_DOES_NOT_FIT"},
};
static_assert(InOrder(kReasonCodes, kGuards));

}  // namespace

std::string_view NameOf(CaseState state) { return kStateNames[static_cast<int>(state)].name; }
std::string_view NameOf(CaseEvent event) { return kEventNames[static_cast<int>(event)].name; }
std::string_view NameOf(Guard guard) { return kGuardNames[static_cast<int>(guard)].name; }
std::string_view NameOf(Effect effect) { return kEffectNames[static_cast<int>(effect)].name; }
std::string_view ReasonCodeOf(Guard guard) { return kReasonCodes[static_cast<int>(guard)].name; }

}  // namespace varsam::requests
