// The table itself. Read it with the specification's section 3 beside it.
#include "services/request_workflow/domain/case_machine.h"

namespace varsam::requests {
namespace {

using E = CaseEvent;
using F = Effect;
using G = Guard;
using S = CaseState;

// What must hold before anything is executed for a right that was assessed.
constexpr GuardSet kMayExecute = {G::kIdentityVerified, G::kAccessFirst, G::kNoOpenTasks};
constexpr GuardSet kMayExecutePartly = {G::kIdentityVerified, G::kAccessFirst, G::kNoOpenTasks,
                                        G::kWithheldHaveCodes};
constexpr GuardSet kMayRefuse = {G::kTwoPeople, G::kRefusalHasCode, G::kNoOpenTasks};
constexpr EffectSet kRefusing = {F::kSendRefusal, F::kReleaseFreeze};
constexpr EffectSet kEnding = {F::kReleaseFreeze, F::kStartKeeping};
constexpr EffectSet kSearch = {F::kFreezeErasure, F::kStartSearch};
constexpr GuardSet kOnlyVerified = {G::kIdentityVerified};
constexpr GuardSet kNoTasks = {G::kNoOpenTasks};

// clang-format off
constexpr Transition kTable[] = {
    {S::kReceived, E::kClassified, {}, S::kTriage, {F::kAcknowledge}},
    {S::kReceived, E::kWithdrawn, kNoTasks, S::kWithdrawn, kEnding},

    {S::kTriage, E::kRightsRequestConfirmed,
     {G::kAssessedRight, G::kConfirmedByHuman, G::kNotSplit}, S::kIdentityCheck, {}},
    // An objection or a withdrawal works although nobody has looked at it yet.
    {S::kTriage, E::kImmediateRightConfirmed, {G::kImmediateRight, G::kNotSplit}, S::kExecuting,
     {F::kApplyAtOnce, F::kStartExecution}},
    {S::kTriage, E::kSplit, {G::kConfirmedByHuman, G::kNotSplit}, S::kTriage,
     {F::kCreateChildCases}},
    {S::kTriage, E::kChildrenEnded, {G::kSplit, G::kChildrenEnded, G::kNoOpenTasks}, S::kClosed,
     kEnding},
    {S::kTriage, E::kInquiryConfirmed, {G::kConfirmedByHuman, G::kInquiry, G::kNotSplit},
     S::kInquiry, {}},
    {S::kTriage, E::kWithdrawn, {G::kNotSplit, G::kNoOpenTasks}, S::kWithdrawn, kEnding},

    {S::kInquiry, E::kInquiryAnswered, {G::kDelivered, G::kNoOpenTasks}, S::kClosed, kEnding},
    {S::kInquiry, E::kTurnedIntoRight, {}, S::kTriage, {}},
    {S::kInquiry, E::kWithdrawn, kNoTasks, S::kWithdrawn, kEnding},

    {S::kIdentityCheck, E::kIdentityProven, kOnlyVerified, S::kSearching, kSearch},
    {S::kIdentityCheck, E::kIdentityDoubted, {}, S::kAwaitingIdentity, {F::kAskIdentity}},
    {S::kIdentityCheck, E::kNotIdentifiable, {}, S::kUnidentifiable, {}},
    {S::kIdentityCheck, E::kWithdrawn, kNoTasks, S::kWithdrawn, kEnding},

    {S::kAwaitingIdentity, E::kIdentityProven, kOnlyVerified, S::kSearching, kSearch},
    {S::kAwaitingIdentity, E::kIdentityInsufficient, {}, S::kAwaitingIdentity, {F::kAskIdentity}},
    {S::kAwaitingIdentity, E::kIdentitySilent, {G::kSilentAfterReminder, G::kNoOpenTasks},
     S::kClosedNoIdentity, {F::kSendClosingLetter, F::kReleaseFreeze, F::kStartKeeping}},
    {S::kAwaitingIdentity, E::kWithdrawn, kNoTasks, S::kWithdrawn, kEnding},

    {S::kClosedNoIdentity, E::kIdentityReopened, {}, S::kIdentityCheck, {}},

    {S::kUnidentifiable, E::kExtraDataGiven, {}, S::kIdentityCheck, {}},
    {S::kUnidentifiable, E::kNotIdentifiableAnswered, {G::kInabilityShown, G::kAllSystemsAnswered},
     S::kResponded, {F::kSendRefusal}},
    {S::kUnidentifiable, E::kWithdrawn, kNoTasks, S::kWithdrawn, kEnding},

    {S::kSearching, E::kScopeAsked, {G::kScopeMayBeAsked, G::kIdentityVerified}, S::kAwaitingScope,
     {F::kAskScope}},
    {S::kSearching, E::kSystemFailed, {}, S::kSearching, {F::kRetryAndAlert}},
    {S::kSearching, E::kSearchCompleted,
     {G::kIdentityVerified, G::kAllSystemsAnswered, G::kNoOpenTasks}, S::kReview, {}},
    {S::kSearching, E::kWithdrawn, kNoTasks, S::kWithdrawn, kEnding},

    {S::kAwaitingScope, E::kScopeAnswered, kOnlyVerified, S::kSearching, kSearch},
    {S::kAwaitingScope, E::kInsistedOnAll, kOnlyVerified, S::kSearching, kSearch},
    {S::kAwaitingScope, E::kWithdrawn, kNoTasks, S::kWithdrawn, kEnding},

    {S::kReview, E::kGranted, kMayExecute, S::kExecuting, {F::kStartExecution}},
    {S::kReview, E::kPartlyGranted, kMayExecutePartly, S::kExecuting, {F::kStartExecution}},
    {S::kReview, E::kRefused, kMayRefuse, S::kRefused, kRefusing},
    {S::kReview, E::kFeeProposed, {G::kFeeGround}, S::kFeeProposed, {F::kSendFeeProposal}},
    {S::kReview, E::kWithdrawn, kNoTasks, S::kWithdrawn, kEnding},

    {S::kFeeProposed, E::kFeeAccepted, kMayExecutePartly, S::kExecuting, {F::kStartExecution}},
    {S::kFeeProposed, E::kFeeDeclined, kMayRefuse, S::kRefused, kRefusing},
    {S::kFeeProposed, E::kWithdrawn, kNoTasks, S::kWithdrawn, kEnding},

    // From here on something has been changed in some system: no way back, only through.
    {S::kExecuting, E::kSystemFailed, {}, S::kExecuting, {F::kRetryAndAlert}},
    {S::kExecuting, E::kExecutionCompleted, {G::kAllSystemsAnswered, G::kNoOpenTasks},
     S::kNotifyingRecipients, {F::kNotifyRecipients, F::kReleaseFreeze}},

    {S::kNotifyingRecipients, E::kRecipientsNotified, {G::kRecipientsDone, G::kAllSystemsAnswered},
     S::kResponded, {F::kSendAnswer}},

    {S::kResponded, E::kDeliveryProven, {G::kDelivered, G::kAllSystemsAnswered, G::kNoOpenTasks},
     S::kClosed, kEnding},
    {S::kRefused, E::kDeliveryProven, {G::kDelivered, G::kNoOpenTasks}, S::kClosed, kEnding},

    {S::kClosed, E::kComplaintReceived, {G::kNotSplit}, S::kComplaint, {}},
    {S::kComplaint, E::kReopened, {}, S::kReopened, {}},

    {S::kReopened, E::kReviewResumed,
     {G::kAssessedRight, G::kIdentityVerified, G::kAllSystemsAnswered}, S::kReview,
     {F::kFreezeErasure}},
    {S::kReopened, E::kSearchResumed, {G::kAssessedRight, G::kIdentityVerified}, S::kSearching,
     kSearch},
    {S::kReopened, E::kIdentityResumed, {G::kAssessedRight}, S::kIdentityCheck, {}},
    {S::kReopened, E::kExecutionResumed, {G::kImmediateRight}, S::kExecuting,
     {F::kApplyAtOnce, F::kStartExecution}},
    {S::kReopened, E::kTriageResumed, {G::kInquiry}, S::kTriage, {}},
};
// clang-format on

constexpr bool AtMostOneRowEach() {
  for (const Transition& a : kTable) {
    int rows = 0;
    for (const Transition& b : kTable) rows += a.from == b.from && a.event == b.event;
    if (rows != 1) return false;
  }
  return true;
}
static_assert(AtMostOneRowEach(), "a state and an event have at most one row");

}  // namespace

std::span<const Transition> CaseTable() { return kTable; }

}  // namespace varsam::requests
