// The names of states, events, guards and effects, for the diagram, metrics and the audit.
#include "services/request_workflow/domain/case_machine.h"

namespace varsam::requests {

std::string_view NameOf(CaseState state) {
  switch (state) {
    case CaseState::kReceived:
      return "received";
    case CaseState::kTriage:
      return "triage";
    case CaseState::kInquiry:
      return "inquiry";
    case CaseState::kIdentityCheck:
      return "identity_check";
    case CaseState::kAwaitingIdentity:
      return "awaiting_identity";
    case CaseState::kUnidentifiable:
      return "unidentifiable";
    case CaseState::kAwaitingScope:
      return "awaiting_scope";
    case CaseState::kSearching:
      return "searching";
    case CaseState::kReview:
      return "review";
    case CaseState::kFeeProposed:
      return "fee_proposed";
    case CaseState::kExecuting:
      return "executing";
    case CaseState::kNotifyingRecipients:
      return "notifying_recipients";
    case CaseState::kResponded:
      return "responded";
    case CaseState::kRefused:
      return "refused";
    case CaseState::kWithdrawn:
      return "withdrawn";
    case CaseState::kClosedNoIdentity:
      return "closed_no_identity";
    case CaseState::kClosed:
      return "closed";
    case CaseState::kComplaint:
      return "complaint";
    case CaseState::kReopened:
      return "reopened";
  }
  return "";
}

std::string_view NameOf(CaseEvent event) {
  switch (event) {
    case CaseEvent::kClassified:
      return "classified";
    case CaseEvent::kRightsRequestConfirmed:
      return "rights_request_confirmed";
    case CaseEvent::kImmediateRightConfirmed:
      return "immediate_right_confirmed";
    case CaseEvent::kSplit:
      return "split";
    case CaseEvent::kChildrenEnded:
      return "children_ended";
    case CaseEvent::kInquiryConfirmed:
      return "inquiry_confirmed";
    case CaseEvent::kInquiryAnswered:
      return "inquiry_answered";
    case CaseEvent::kTurnedIntoRight:
      return "turned_into_right";
    case CaseEvent::kIdentityProven:
      return "identity_proven";
    case CaseEvent::kIdentityDoubted:
      return "identity_doubted";
    case CaseEvent::kIdentityInsufficient:
      return "identity_insufficient";
    case CaseEvent::kIdentitySilent:
      return "identity_silent";
    case CaseEvent::kNotIdentifiable:
      return "not_identifiable";
    case CaseEvent::kExtraDataGiven:
      return "extra_data_given";
    case CaseEvent::kNotIdentifiableAnswered:
      return "not_identifiable_answered";
    case CaseEvent::kIdentityReopened:
      return "identity_reopened";
    case CaseEvent::kScopeAsked:
      return "scope_asked";
    case CaseEvent::kScopeAnswered:
      return "scope_answered";
    case CaseEvent::kInsistedOnAll:
      return "insisted_on_all";
    case CaseEvent::kSearchCompleted:
      return "search_completed";
    case CaseEvent::kGranted:
      return "granted";
    case CaseEvent::kPartlyGranted:
      return "partly_granted";
    case CaseEvent::kRefused:
      return "refused";
    case CaseEvent::kFeeProposed:
      return "fee_proposed";
    case CaseEvent::kFeeAccepted:
      return "fee_accepted";
    case CaseEvent::kFeeDeclined:
      return "fee_declined";
    case CaseEvent::kWithdrawn:
      return "withdrawn";
    case CaseEvent::kSystemFailed:
      return "system_failed";
    case CaseEvent::kExecutionCompleted:
      return "execution_completed";
    case CaseEvent::kRecipientsNotified:
      return "recipients_notified";
    case CaseEvent::kDeliveryProven:
      return "delivery_proven";
    case CaseEvent::kComplaintReceived:
      return "complaint_received";
    case CaseEvent::kReopened:
      return "reopened";
    case CaseEvent::kReviewResumed:
      return "review_resumed";
    case CaseEvent::kSearchResumed:
      return "search_resumed";
    case CaseEvent::kIdentityResumed:
      return "identity_resumed";
    case CaseEvent::kExecutionResumed:
      return "execution_resumed";
    case CaseEvent::kTriageResumed:
      return "triage_resumed";
  }
  return "";
}

std::string_view NameOf(Guard guard) {
  switch (guard) {
    case Guard::kConfirmedByHuman:
      return "confirmed_by_human";
    case Guard::kAssessedRight:
      return "assessed_right";
    case Guard::kImmediateRight:
      return "immediate_right";
    case Guard::kScopeMayBeAsked:
      return "scope_may_be_asked";
    case Guard::kNotSplit:
      return "not_split";
    case Guard::kSplit:
      return "split";
    case Guard::kChildrenEnded:
      return "children_ended";
    case Guard::kIdentityVerified:
      return "identity_verified";
    case Guard::kSilentAfterReminder:
      return "silent_after_reminder";
    case Guard::kInabilityShown:
      return "inability_shown";
    case Guard::kAllSystemsAnswered:
      return "all_systems_answered";
    case Guard::kNoOpenTasks:
      return "no_open_tasks";
    case Guard::kAccessFirst:
      return "access_first";
    case Guard::kWithheldHaveCodes:
      return "withheld_have_codes";
    case Guard::kTwoPeople:
      return "two_people";
    case Guard::kRefusalHasCode:
      return "refusal_has_code";
    case Guard::kFeeGround:
      return "fee_ground";
    case Guard::kRecipientsDone:
      return "recipients_done";
    case Guard::kDelivered:
      return "delivered";
    case Guard::kInquiry:
      return "inquiry";
  }
  return "";
}

std::string_view NameOf(Effect effect) {
  switch (effect) {
    case Effect::kAcknowledge:
      return "acknowledge";
    case Effect::kCreateChildCases:
      return "create_child_cases";
    case Effect::kApplyAtOnce:
      return "apply_at_once";
    case Effect::kAskIdentity:
      return "ask_identity";
    case Effect::kAskScope:
      return "ask_scope";
    case Effect::kFreezeErasure:
      return "freeze_erasure";
    case Effect::kReleaseFreeze:
      return "release_freeze";
    case Effect::kStartSearch:
      return "start_search";
    case Effect::kStartExecution:
      return "start_execution";
    case Effect::kRetryAndAlert:
      return "retry_and_alert";
    case Effect::kNotifyRecipients:
      return "notify_recipients";
    case Effect::kSendAnswer:
      return "send_answer";
    case Effect::kSendRefusal:
      return "send_refusal";
    case Effect::kSendFeeProposal:
      return "send_fee_proposal";
    case Effect::kSendClosingLetter:
      return "send_closing_letter";
    case Effect::kStartKeeping:
      return "start_keeping";
  }
  return "";
}

std::string_view ReasonCodeOf(Guard guard) {
  switch (guard) {
    case Guard::kConfirmedByHuman:
      return "CLASS_NOT_CONFIRMED";
    case Guard::kAssessedRight:
      return "RIGHT_DOES_NOT_FIT";
    case Guard::kImmediateRight:
      return "RIGHT_DOES_NOT_FIT";
    case Guard::kScopeMayBeAsked:
      return "SCOPE_NOT_ASKABLE";
    case Guard::kNotSplit:
      return "CASE_IS_SPLIT";
    case Guard::kSplit:
      return "CASE_NOT_SPLIT";
    case Guard::kChildrenEnded:
      return "CHILDREN_OPEN";
    case Guard::kIdentityVerified:
      return "IDENTITY_NOT_VERIFIED";
    case Guard::kSilentAfterReminder:
      return "NOT_SILENT_LONG_ENOUGH";
    case Guard::kInabilityShown:
      return "INABILITY_NOT_SHOWN";
    case Guard::kAllSystemsAnswered:
      return "SYSTEM_UNANSWERED";
    case Guard::kNoOpenTasks:
      return "TASKS_OPEN";
    case Guard::kAccessFirst:
      return "ACCESS_NOT_ANSWERED";
    case Guard::kWithheldHaveCodes:
      return "WITHHELD_WITHOUT_CODE";
    case Guard::kTwoPeople:
      return "SECOND_PERSON_MISSING";
    case Guard::kRefusalHasCode:
      return "REASON_MISSING";
    case Guard::kFeeGround:
      return "FEE_WITHOUT_GROUND";
    case Guard::kRecipientsDone:
      return "RECIPIENTS_PENDING";
    case Guard::kDelivered:
      return "NOT_DELIVERED";
    case Guard::kInquiry:
      return "RIGHT_DOES_NOT_FIT";
  }
  return "";
}

}  // namespace varsam::requests
