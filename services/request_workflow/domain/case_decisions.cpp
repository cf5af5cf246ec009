#include "services/request_workflow/domain/case_decisions.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/request_workflow/domain/advance.h"

namespace varsam::requests {
namespace {

constexpr char kService[] = "service";

absl::Status Precondition(std::string_view reason, std::string_view message) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, reason, message);
}

absl::StatusOr<Changes> Done(CaseFile& file, absl::Time now, Changes out) {
  RETURN_IF_ERROR(GoOn(file, now, out));
  Settle(file, now, out);
  out.reply = file.c.id.ToString();
  return out;
}

void NoteOpened(const Case& c, absl::Time now, Changes& out) {
  std::string due;
  const absl::StatusOr<DueDate> clock = ClockOf(c, now);
  if (clock.ok() && clock->term) due = clock->term->due_date.ToString();
  out.notes.push_back(
      NoteCaseOpened{c.id, c.right ? c.right : c.suggested, c.channel, c.received_at, due});
}

// TRIAGE with a confirmed right.
absl::Status Recognise(CaseFile& file, const std::string& actor, absl::Time now, Changes& out) {
  const bool immediate = IsImmediate(*file.c.right);
  const CaseEvent event =
      immediate ? CaseEvent::kImmediateRightConfirmed : CaseEvent::kRightsRequestConfirmed;
  return Advance(file, {event, actor, std::string(NameOf(*file.c.right))}, now, out);
}

Case ChildOf(const Case& parent, CaseId id, Right right) {
  Case child = parent;
  child.id = id;
  child.parent = parent.id;
  child.right = right;
  child.suggested.reset();
  child.state = CaseState::kReceived;
  child.questions.clear();
  child.extension.reset();
  child.step = Step::kNone;
  child.version = 0;
  return child;
}

// Several rights in one message: one child case each, with the same receipt.
absl::Status Split(const ClassifyRequest& ask, CaseFile& file, absl::Time now, Changes& out) {
  RETURN_IF_ERROR(Advance(file, {CaseEvent::kSplit, ask.actor, ""}, now, out));
  file.children = static_cast<int>(ask.rights.size());
  file.children_open = file.children;
  for (size_t i = 0; i < ask.rights.size(); ++i) {
    if (!ask.rights[i]) return InvalidField("rights", "a question beside rights is no case");
    CaseFile child;
    child.c = ChildOf(file.c, ask.child_ids[i], *ask.rights[i]);
    NoteOpened(child.c, now, out);
    RETURN_IF_ERROR(Advance(child, {CaseEvent::kClassified, ask.actor, "split"}, now, out));
    RETURN_IF_ERROR(Recognise(child, ask.actor, now, out));
    RETURN_IF_ERROR(GoOn(child, now, out));
    Settle(child, now, out);
  }
  out.texts = ask.child_texts;
  return absl::OkStatus();
}

// Takes back what no connector holds; what is leased ends with its lease.
void CancelTasks(CaseFile& file, absl::Time now, Changes& out) {
  for (Task& task : file.tasks) {
    if (IsAnswered(task.state)) continue;
    if (task.state != TaskState::kLeased) task.lease_until.reset();
    task.state = TaskState::kCancelled;
    task.finished_at = now;
    out.tasks.push_back(task);
  }
}

bool MayBeWithdrawn(CaseState state) {
  for (const Transition& row : CaseTable()) {
    if (row.from == state && row.event == CaseEvent::kWithdrawn) return true;
  }
  return false;
}

void Answered(Case& c, absl::Time now) {
  for (Question& question : c.questions) {
    if (!question.answered_at) question.answered_at = now;
  }
}

bool CoolsOff(const Case& c) {
  return c.identity < IdentityLevel::kTwoFactors &&
         (c.right == Right::kErasure || c.right == Right::kAccess ||
          c.right == Right::kPortability);
}

// With one factor only, whoever else can be reached has time to object (SECURITY 2.2).
void StartCooling(Case& c, absl::Duration cooling_off, absl::Time now) {
  c.cooling_until.reset();
  if (cooling_off > absl::ZeroDuration() && CoolsOff(c)) c.cooling_until = now + cooling_off;
}

absl::Status SetConfirmed(CaseFile& file, absl::Duration cooling_off, const char* how,
                          absl::Time now, Changes& out) {
  Case& c = file.c;
  c.subject = c.candidate;
  c.identity = std::max(c.identity, IdentityLevel::kContact);
  Answered(c, now);
  if (c.state == CaseState::kTriage && !c.right && c.suggested) {
    c.right = c.suggested;
    RETURN_IF_ERROR(Recognise(file, "subject", now, out));
  }
  if (c.state == CaseState::kAwaitingIdentity) {
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kIdentityProven, "subject", how}, now, out));
  }
  StartCooling(c, cooling_off, now);
  out.events.push_back({c.id, now, "contact_confirmed", c.state, "subject", how});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Changes> Decide(const SubmitRequest& ask, absl::Time now) {
  CaseFile file;
  Case& c = file.c;
  c.id = ask.id;
  c.right = ask.right;
  c.suggested = ask.suggested;
  c.channel = ask.channel;
  c.language = ask.language;
  c.received_at = ask.received_at;
  c.acknowledgement = ask.acknowledgement;
  c.restriction_ground = ask.restriction_ground;
  c.published = ask.published;
  c.agent = ask.agent;
  c.special_risk = ask.special_risk;
  c.contact_end = ask.contact_end;
  Changes out;
  out.texts = ask.texts;
  out.events.push_back({c.id, now, "received", c.state, ask.actor, ask.channel});
  NoteOpened(c, now, out);
  RETURN_IF_ERROR(Advance(file, {CaseEvent::kClassified, kService, ""}, now, out));
  const bool at_once = !c.right && c.suggested && IsImmediate(*c.suggested);
  if (at_once) c.right = c.suggested;
  // A complaint to the authority is no request to us: a person confirms it and answers.
  if (c.right && c.right != Right::kComplaintImy) {
    RETURN_IF_ERROR(Recognise(file, ask.actor, now, out));
  }
  if (c.acknowledgement == Acknowledgement::kPending && c.step == Step::kNone) {
    c.step = Step::kAcknowledge;
    c.step_at = now;
  }
  return Done(file, now, std::move(out));
}

absl::StatusOr<Changes> Decide(const AcknowledgeRequest& ask, CaseFile file, absl::Time now) {
  if (ask.method.empty()) return InvalidField("method", "empty, want how the person was told");
  Case& c = file.c;
  Changes out;
  if (c.acknowledgement != Acknowledgement::kDone) {
    c.acknowledgement = Acknowledgement::kDone;
    if (c.step == Step::kAcknowledge) c.step = Step::kNone;
    out.events.push_back({c.id, now, "acknowledged", c.state, ask.actor, ask.method});
  }
  return Done(file, now, std::move(out));
}

absl::StatusOr<Changes> Decide(const ClassifyRequest& ask, CaseFile file, absl::Time now) {
  if (ask.rights.empty()) return InvalidField("rights", "0, want 1..11");
  Changes out;
  Case& c = file.c;
  if (c.state == CaseState::kInquiry) {
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kTurnedIntoRight, ask.actor, ""}, now, out));
  }
  if (ask.rights.size() > 1) {
    RETURN_IF_ERROR(Split(ask, file, now, out));
    return Done(file, now, std::move(out));
  }
  const std::optional<Right> right = ask.rights.front();
  const bool correction = c.state == CaseState::kIdentityCheck && right && !IsImmediate(*right);
  c.right = right;
  if (correction) {
    out.events.push_back(
        {c.id, now, "reclassified", c.state, ask.actor, std::string(NameOf(*right))});
  } else if (!right || *right == Right::kComplaintImy) {
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kInquiryConfirmed, ask.actor, ""}, now, out));
  } else {
    RETURN_IF_ERROR(Recognise(file, ask.actor, now, out));
  }
  return Done(file, now, std::move(out));
}

absl::StatusOr<Changes> Decide(const VerifyByLink& ask, const std::optional<Link>& link,
                               std::optional<CaseFile> file, absl::Time now) {
  Changes out;
  const bool usable = link && file && link->case_id == file->c.id && !link->consumed_at &&
                      link->use != LinkUse::kStop && link->expires_at > now &&
                      file->c.link_failures < kLinkFailuresMax &&
                      (link->use == LinkUse::kConfirm || ask.open_too);
  if (!usable) {
    if (file && (!link || link->case_id != file->c.id)) {
      ++file->c.link_failures;
      out.cases.push_back(file->c);
    }
    return out;
  }
  out.consumed_links.push_back(link->token_sha256);
  out.at = now;
  if (link->use == LinkUse::kConfirm && !IsEnded(file->c.state)) {
    if (!file->c.candidate)
      return Precondition("SUBJECT_UNKNOWN", "nobody was found for this case");
    RETURN_IF_ERROR(SetConfirmed(*file, ask.cooling_off, "link", now, out));
    return Done(*file, now, std::move(out));
  }
  out.reply = file->c.id.ToString();
  return out;
}

absl::StatusOr<Changes> Decide(const VerifyByStaff& ask, CaseFile file, absl::Time now) {
  Case& c = file.c;
  if (ask.level < IdentityLevel::kContact) return InvalidField("level", "want CONTACT or higher");
  if (ask.method.empty()) return InvalidField("method", "empty, want how it was checked");
  if (!c.candidate && !c.subject) {
    return Precondition("SUBJECT_UNKNOWN", "nobody was found for this case");
  }
  if (IsEnded(c.state)) return Precondition("WRONG_STATE", "the case is over");
  Changes out;
  if (!c.subject) c.subject = c.candidate;
  c.identity = std::max(c.identity, ask.level);
  if (c.identity >= IdentityLevel::kTwoFactors) c.cooling_until.reset();
  out.events.push_back({c.id, now, "identity_recorded", c.state, ask.actor, ask.method});
  if (c.state == CaseState::kAwaitingIdentity) {
    Answered(c, now);
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kIdentityProven, ask.actor, ask.method}, now, out));
  }
  return Done(file, now, std::move(out));
}

absl::StatusOr<Changes> Decide(const ApproveRequest& ask, CaseFile file, absl::Time now) {
  Case& c = file.c;
  if (c.agent && c.mandate.empty()) {
    return Precondition("MANDATE_MISSING", "an agent asks and no mandate was seen");
  }
  for (const ReviewItem& item : c.review) {
    if (item.decision != "pending") continue;
    return Precondition("REVIEW_ITEMS_OPEN", "something found is still to be looked at");
  }
  for (const std::string& category : c.found) {
    const auto& strong = ask.strong_categories;
    if (std::find(strong.begin(), strong.end(), category) == strong.end()) continue;
    if (c.identity < IdentityLevel::kTwoFactors) {
      return Precondition("IDENTITY_LEVEL_TOO_LOW", "what was found needs two factors of identity");
    }
  }
  if (!ask.restriction_ground.empty()) {
    if (c.right != Right::kRestriction || !IsRestrictionGround(ask.restriction_ground)) {
      return InvalidField("restriction_ground",
                          "want accuracy, unlawful, claims or objection_pending, in a restriction");
    }
    c.restriction_ground = ask.restriction_ground;
  }
  Changes out;
  c.withheld = ask.withheld;
  for (const ReviewItem& item : c.review) {
    const bool held = item.decision == "redact" || item.decision == "withhold";
    const bool told =
        std::find(c.withheld.begin(), c.withheld.end(), item.code) != c.withheld.end();
    if (held && !told) c.withheld.push_back(item.code);
  }
  c.refusal_by.clear();
  c.refusal_code.clear();
  const CaseEvent event = c.state == CaseState::kFeeProposed ? CaseEvent::kFeeAccepted
                          : c.withheld.empty()               ? CaseEvent::kGranted
                                                             : CaseEvent::kPartlyGranted;
  RETURN_IF_ERROR(Advance(file, {event, ask.actor, ""}, now, out));
  return Done(file, now, std::move(out));
}

absl::StatusOr<Changes> Decide(const RefuseRequest& ask, CaseFile file, absl::Time now) {
  Case& c = file.c;
  Changes out;
  out.texts = ask.texts;
  const bool second = !c.refusal_by.empty() && c.refusal_by != ask.actor;
  if (second && c.refusal_code == ask.code) {
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kRefused, ask.actor, ask.code, 2}, now, out));
    return Done(file, now, std::move(out));
  }
  if (c.state != CaseState::kReview) return Precondition("WRONG_STATE", "want REVIEW");
  c.refusal_by = ask.actor;
  c.refusal_code = ask.code;
  out.events.push_back({c.id, now, "refusal_proposed", c.state, ask.actor, ask.code});
  return Done(file, now, std::move(out));
}

absl::StatusOr<Changes> Decide(const ExtendRequest& ask, CaseFile file, absl::Time now) {
  Case& c = file.c;
  if (IsEnded(c.state)) return Precondition("WRONG_STATE", "the case is over");
  if (c.extension) return Precondition("ALREADY_EXTENDED", "a case is extended at most once");
  c.extension = Extension{now, ask.ground, true};
  Changes out;
  out.texts = ask.texts;
  out.events.push_back({c.id, now, "extension_notice", c.state, ask.actor, ""});
  return Done(file, now, std::move(out));
}

absl::StatusOr<Changes> Decide(const PauseRequest& ask, CaseFile file, absl::Time now) {
  Case& c = file.c;
  Changes out;
  out.texts = ask.texts;
  if (ask.kind == QuestionKind::kIdentity) {
    const CaseEvent event = c.state == CaseState::kAwaitingIdentity
                                ? CaseEvent::kIdentityInsufficient
                                : CaseEvent::kIdentityDoubted;
    RETURN_IF_ERROR(Advance(file, {event, ask.actor, "identity"}, now, out));
  } else if (ask.kind == QuestionKind::kScope) {
    c.large_volume = true;
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kScopeAsked, ask.actor, "scope"}, now, out));
  } else if (ask.kind == QuestionKind::kFee) {
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kFeeProposed, ask.actor, "fee"}, now, out));
  } else if (IsEnded(c.state)) {
    return Precondition("WRONG_STATE", "the case is over");
  } else {
    out.events.push_back({c.id, now, "question_asked", c.state, ask.actor, ""});
  }
  c.questions.push_back({ask.kind, now, std::nullopt});
  Settle(file, now, out);
  out.reply = c.id.ToString();
  return out;
}

absl::StatusOr<Changes> Decide(const ResumeRequest& ask, CaseFile file, absl::Time now) {
  Case& c = file.c;
  Changes out;
  Answered(c, now);
  if (c.state == CaseState::kAwaitingScope) {
    const Step before = c.step;
    const bool searched = !file.tasks.empty();
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kScopeAnswered, ask.actor, ""}, now, out));
    if (searched) c.step = before;  // the search goes on, it does not start again
  } else if (c.state == CaseState::kAwaitingIdentity) {
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kIdentityProven, ask.actor, ""}, now, out));
  } else if (c.state == CaseState::kNotifyingRecipients) {
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kRecipientsNotified, ask.actor, ""}, now, out));
    c.step = Step::kAnswer;
    c.step_at = now;
  } else {
    out.events.push_back({c.id, now, "question_answered", c.state, ask.actor, ""});
  }
  return Done(file, now, std::move(out));
}

absl::StatusOr<Changes> Decide(const WithdrawRequest& ask, CaseFile file, absl::Time now) {
  Changes out;
  CancelTasks(file, now, out);
  absl::Time free = now;
  for (const Task& task : file.tasks) free = std::max(free, task.lease_until.value_or(now));
  if (free > now && MayBeWithdrawn(file.c.state)) {
    file.c.step = Step::kWithdraw;
    file.c.step_at = free;
    out.events.push_back({file.c.id, now, "withdrawal_waits", file.c.state, ask.actor, ""});
    Settle(file, now, out);
    out.reply = file.c.id.ToString();
    return out;
  }
  RETURN_IF_ERROR(Advance(file, {CaseEvent::kWithdrawn, ask.actor, ""}, now, out));
  return Done(file, now, std::move(out));
}

absl::StatusOr<Changes> Decide(const ComplainRequest& ask, CaseFile file, absl::Time now) {
  Changes out;
  out.texts = ask.texts;
  RETURN_IF_ERROR(Advance(file, {CaseEvent::kComplaintReceived, ask.actor, ""}, now, out));
  RETURN_IF_ERROR(Advance(file, {CaseEvent::kReopened, kService, ""}, now, out));
  const std::optional<Right> right = file.c.right;
  const bool inquiry = !right || *right == Right::kComplaintImy;
  const CaseEvent event = inquiry                   ? CaseEvent::kTriageResumed
                          : IsImmediate(*right)     ? CaseEvent::kExecutionResumed
                          : !IdentityProven(file.c) ? CaseEvent::kIdentityResumed
                                                    : CaseEvent::kReviewResumed;
  RETURN_IF_ERROR(Advance(file, {event, kService, ""}, now, out));
  return Done(file, now, std::move(out));
}

bool IsRestrictionGround(std::string_view ground) {
  return ground == "accuracy" || ground == "unlawful" || ground == "claims" ||
         ground == "objection_pending";
}

absl::StatusOr<Changes> Decide(const LiftRestriction& ask, CaseFile file, absl::Time now) {
  Case& c = file.c;
  if (!c.restricted_at) return Precondition("NOT_RESTRICTED", "no restriction of this case stands");
  if (c.state != CaseState::kClosed) {
    return Precondition("WRONG_STATE", "the person is answered before the restriction ends");
  }
  if (c.lift_at) return Precondition("LIFT_ORDERED", "the end of the restriction was announced");
  if (ask.reason.empty()) return InvalidField("reason", "empty, want why the ground is gone");
  if (ask.notice.empty()) {
    return Precondition("NOTICE_IMPOSSIBLE", "the person cannot be told, so nothing is lifted");
  }
  if (ask.lift_at < now + kLiftNoticeMin) {
    return InvalidField("lift_at", "want at least 72 hours from now");
  }
  c.lift_at = ask.lift_at;
  c.lift_reason = ask.reason;
  c.step = Step::kLiftRestriction;
  c.step_at = ask.lift_at;
  c.step_attempts = 0;
  Changes out;
  out.mails = ask.notice;
  out.events.push_back({c.id, now, "lifting_announced", c.state, ask.actor, ask.reason});
  Settle(file, now, out);
  out.reply = c.id.ToString();
  return out;
}

absl::StatusOr<Changes> Decide(const CloseRequest& ask, CaseFile file, absl::Time now) {
  Changes out;
  const CaseState state = file.c.state;
  if (state == CaseState::kClosed) return Done(file, now, std::move(out));
  // Named before the table speaks: the answer a caller waits for.
  const bool working = state == CaseState::kSearching || state == CaseState::kExecuting;
  if (working && !PhaseComplete(file, now)) {
    return Precondition("COVERAGE_INCOMPLETE", "at least one system has not answered");
  }
  const CaseEvent event =
      state == CaseState::kInquiry ? CaseEvent::kInquiryAnswered : CaseEvent::kDeliveryProven;
  RETURN_IF_ERROR(Advance(file, {event, ask.actor, "", 0, true}, now, out));
  return Done(file, now, std::move(out));
}

}  // namespace varsam::requests
