// The life of a case: which event leads from which state to which, under what guards, with what
// effects (specification section 3; DESIGN 11.1). One table; this code, the diagram in the
// service's README and the exhaustive test all read it. Pure.
//
// What the table promises, and tests/unit/.../case_machine_walk_test.cpp walks:
//   - nothing is granted or executed without a verified identity (immediate rights aside: they need
//   none);
//   - nothing is answered as complete while a system is unanswered;
//   - no case ends while a task is open: a withdrawal waits until every task is finished or
//   cancelled
//     (a leased task until its lease has ended);
//   - no erasure is executed before an access asked together with it has been answered;
//   - a refusal takes two people and a reason code.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/request_workflow/domain/enum_set.h"
#include "services/request_workflow/domain/right.h"

namespace varsam::requests {

enum class CaseState : int8_t {
  kReceived,
  kTriage,
  kInquiry,
  kIdentityCheck,
  kAwaitingIdentity,
  kUnidentifiable,
  kAwaitingScope,
  kSearching,
  kReview,
  kFeeProposed,
  kExecuting,
  kNotifyingRecipients,
  kResponded,
  kRefused,
  kWithdrawn,
  kClosedNoIdentity,
  kClosed,
  kComplaint,
  kReopened,
};
inline constexpr int kCaseStates = static_cast<int>(CaseState::kReopened) + 1;

enum class CaseEvent : int8_t {
  kClassified,               // a class has been suggested
  kRightsRequestConfirmed,   // a person confirmed: a right that must be assessed
  kImmediateRightConfirmed,  // a person or the channel itself confirmed: objection, withdrawal
  kSplit,                    // several rights in one message: one child case each
  kChildrenEnded,
  kInquiryConfirmed,  // not a right, or a complaint to IMY: answered with information
  kInquiryAnswered,
  kTurnedIntoRight,  // an inquiry shows itself to be a request; its receipt date is kept
  kIdentityProven,
  kIdentityDoubted,       // reasonable doubt, 12(6): a question was sent
  kIdentityInsufficient,  // the answer did not do: another question was sent
  kIdentitySilent,        // no answer in time after the reminder
  kNotIdentifiable,       // Art. 11
  kExtraDataGiven,
  kNotIdentifiableAnswered,
  kIdentityReopened,  // a person who had been silent comes back
  kScopeAsked,        // Recital 63
  kScopeAnswered,
  kInsistedOnAll,
  kSearchCompleted,
  kGranted,
  kPartlyGranted,
  kRefused,
  kFeeProposed,  // 12(5) or 15(3)
  kFeeAccepted,
  kFeeDeclined,
  kWithdrawn,  // the person takes the request back
  kSystemFailed,
  kExecutionCompleted,
  kRecipientsNotified,  // or recorded as impossible, Art. 19
  kDeliveryProven,
  kComplaintReceived,
  kReopened,
  kReviewResumed,
  kSearchResumed,
  kIdentityResumed,
  kExecutionResumed,  // an immediate right that did not hold
  kTriageResumed,     // what was answered as an inquiry
};
inline constexpr int kCaseEvents = static_cast<int>(CaseEvent::kTriageResumed) + 1;

// A condition on the facts. The comment is the reason code of the refusal when it does not hold.
enum class Guard : int8_t {
  kConfirmedByHuman,     // CLASS_NOT_CONFIRMED
  kAssessedRight,        // RIGHT_DOES_NOT_FIT
  kImmediateRight,       // RIGHT_DOES_NOT_FIT
  kScopeMayBeAsked,      // SCOPE_NOT_ASKABLE: access to large volumes only
  kNotSplit,             // CASE_IS_SPLIT
  kSplit,                // CASE_NOT_SPLIT
  kChildrenEnded,        // CHILDREN_OPEN
  kIdentityVerified,     // IDENTITY_NOT_VERIFIED
  kSilentAfterReminder,  // NOT_SILENT_LONG_ENOUGH
  kInabilityShown,       // INABILITY_NOT_SHOWN: the controller demonstrates it, 12(2)
  kAllSystemsAnswered,   // SYSTEM_UNANSWERED
  kNoOpenTasks,          // TASKS_OPEN
  kAccessFirst,          // ACCESS_NOT_ANSWERED
  kWithheldHaveCodes,    // WITHHELD_WITHOUT_CODE
  kTwoPeople,            // SECOND_PERSON_MISSING
  kRefusalHasCode,       // REASON_MISSING
  kFeeGround,            // FEE_WITHOUT_GROUND
  kRecipientsDone,       // RECIPIENTS_PENDING
  kDelivered,            // NOT_DELIVERED
  kInquiry,              // RIGHT_DOES_NOT_FIT
};
inline constexpr int kGuards = static_cast<int>(Guard::kInquiry) + 1;

// What the shell must do in the transaction of the transition.
enum class Effect : int8_t {
  kAcknowledge,       // by the second working day
  kCreateChildCases,  // with the same receipt
  kApplyAtOnce,       // objection or withdrawal in force from the receipt on
  kAskIdentity,       // the clock pauses as due_date says
  kAskScope,
  kFreezeErasure,  // scheduled erasure of the person's data waits
  kReleaseFreeze,
  kStartSearch,     // an export task for each system in the coverage that has none
  kStartExecution,  // one task for each system that holds what the decision touches
  kRetryAndAlert,
  kNotifyRecipients,  // Art. 19
  kSendAnswer,
  kSendRefusal,  // reasons, IMY and court, 12(4)
  kSendFeeProposal,
  kSendClosingLetter,  // IMY and court
  kStartKeeping,       // the record's five years and the package's ninety days begin
};
inline constexpr int kEffects = static_cast<int>(Effect::kStartKeeping) + 1;

using GuardSet = EnumSet<Guard>;
using EffectSet = EnumSet<Effect>;

inline constexpr int kSilentDaysToClose = 30;
inline constexpr int kPeopleToRefuse = 2;

// What is known about the case when the event arrives. All counts are at least 0.
struct CaseFacts {
  std::optional<Right> right;       // nullopt: an inquiry
  bool confirmed_by_human = false;  // the class
  bool large_volume = false;        // Recital 63
  int children = 0;
  int children_open = 0;
  bool identity_verified = false;                 // at the level that this right and its data need
  std::optional<int> silent_days_after_reminder;  // nullopt: no reminder sent, or answered
  bool inability_shown = false;                   // Art. 11, 12(2)
  // Systems in the coverage of the present phase without a final outcome, those never asked
  // included.
  int systems_unanswered = 0;
  int tasks_open = 0;  // queued or leased; a cancelled task until its lease has ended
  bool access_together_open = false;  // an access of the same message, not yet answered
  int withheld_without_code = 0;
  int refusing_people = 0;  // different people who agreed to refuse
  bool refusal_has_code = false;
  bool fee_ground = false;     // 12(5) excessive, or 15(3) further copies
  int recipients_pending = 0;  // Art. 19, neither told nor recorded as impossible
  bool delivered = false;      // the answer, the refusal or the information

  bool operator==(const CaseFacts&) const = default;
};

struct Transition {
  CaseState from;
  CaseEvent event;
  GuardSet guards;
  CaseState to;
  EffectSet effects;
};

// All transitions; at most one for a state and an event.
std::span<const Transition> CaseTable();

// Where a case starts, and where nothing is owed any more (a complaint may still reopen kClosed,
// and a returning person kClosedNoIdentity).
inline constexpr CaseState kFirstState = CaseState::kReceived;
constexpr bool IsEnded(CaseState state) {
  return state == CaseState::kClosed || state == CaseState::kWithdrawn ||
         state == CaseState::kClosedNoIdentity;
}

bool Holds(Guard guard, const CaseFacts& facts);

struct CaseStep {
  CaseState next;
  std::vector<Effect> effects;
};

// FAILED_PRECONDITION with reason EVENT_NOT_ALLOWED if the state knows no such event, or with the
// reason of the first guard that does not hold; the state then stays.
absl::StatusOr<CaseStep> Apply(CaseState state, CaseEvent event, const CaseFacts& facts);
// The same over another table; what the tests' negative controls use.
absl::StatusOr<CaseStep> ApplyIn(std::span<const Transition> table, CaseState state,
                                 CaseEvent event, const CaseFacts& facts);

// snake_case, as in the diagram, metrics and the audit: "identity_check", "search_completed", …
std::string_view NameOf(CaseState state);
std::string_view NameOf(CaseEvent event);
std::string_view NameOf(Guard guard);
std::string_view NameOf(Effect effect);
// The reason code of a guard that does not hold.
std::string_view ReasonCodeOf(Guard guard);

}  // namespace varsam::requests
