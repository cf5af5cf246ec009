#include "services/retention/rpc/convert_reviews.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/retention/rpc/convert.h"

namespace varsam::retention {

void ToProto(const Review& from, absl::Time now, v1::Review* to) {
  to->set_id(from.id.ToString());
  to->set_system(from.system);
  ToProto(from.idle_since, to->mutable_idle_since());
  ToProto(from.opened_at, to->mutable_opened_at());
  to->set_opened_by(from.opened_by);
  to->set_due_by(from.due_by.ToString());
  if (from.signed_at) ToProto(*from.signed_at, to->mutable_signed_at());
  to->set_signed_by(from.signed_by);
  to->set_reason(from.reason);
  for (const SubjectId& id : from.people) to->add_subject_ids(id.ToString());
  for (const SubjectId& id : from.kept) to->add_kept_subject_ids(id.ToString());
  if (IsOverdue(from, now)) to->set_code("REVIEW_OVERDUE");
}

ledger::Entry ReviewEntry(const Review& review, absl::Time now) {
  v1::RetentionEntry payload;
  if (review.signed_at) {
    ToProto(review, now, payload.mutable_review_signed()->mutable_review());
    return {"review_signed", payload.SerializeAsString()};
  }
  ToProto(review, now, payload.mutable_review_opened()->mutable_review());
  return {"review_opened", payload.SerializeAsString()};
}

ledger::Entry CancelledEntry(const CancelDisposalRunOutcome& outcome) {
  v1::RetentionEntry payload;
  v1::DisposalRunCancelled* event = payload.mutable_disposal_run_cancelled();
  ToProto(outcome.run, event->mutable_run());
  event->set_cancelled_by(outcome.cancelled_by);
  return {"disposal_run_cancelled", payload.SerializeAsString()};
}

absl::StatusOr<OpenReview> FromProto(const v1::OpenReviewRequest& request) {
  OpenReview ask;
  ask.system = request.system();
  ASSIGN_OR_RETURN(ask.idle_since, FromProto(request.idle_since(), "idle_since"));
  ASSIGN_OR_RETURN(ask.due_by, DayFrom(request.due_by(), "due_by"));
  return ask;
}

absl::StatusOr<SignReview> FromProto(const v1::SignReviewRequest& request) {
  const std::optional<ReviewId> id = ReviewId::Parse(request.review_id());
  if (!id) return InvalidField("review_id", "want a UUID");
  SignReview ask{*id, {}, request.reason(), ""};
  for (const std::string& text : request.keep_subject_ids()) {
    const std::optional<SubjectId> subject = SubjectId::Parse(text);
    if (!subject) return InvalidField("keep_subject_ids", "want UUIDs");
    ask.keep.push_back(*subject);
  }
  return ask;
}

absl::StatusOr<SimulateRules> FromProto(const v1::SimulateRulesRequest& request, absl::Time now) {
  SimulateRules ask;
  absl::Time effective_at = now;
  if (request.has_effective_at()) {
    ASSIGN_OR_RETURN(effective_at, FromProto(request.effective_at(), "effective_at"));
  }
  ask.as_of = effective_at;
  if (request.has_as_of()) {
    ASSIGN_OR_RETURN(ask.as_of, FromProto(request.as_of(), "as_of"));
  }
  if (request.changes().empty() ||
      request.changes_size() > static_cast<int>(kSimulatedChangesMax)) {
    return InvalidField("changes", absl::StrCat(request.changes_size(), ", want 1..",
                                                kSimulatedChangesMax));
  }
  for (const v1::RuleChange& one : request.changes()) {
    const absl::StatusOr<calendar::Period> keep = calendar::ParsePeriod(one.keep());
    if (!keep.ok()) return InvalidField("changes.keep", "want P<n>D, P<n>M or P<n>Y");
    ask.changes.push_back({one.rule(), effective_at, *keep});
  }
  return ask;
}

void ToProto(const Simulation& from, v1::SimulateRulesResponse* to) {
  to->set_people_seen(from.people_seen);
  to->set_people_reached(from.people_reached);
  to->set_fields_earlier(from.fields_earlier);
  to->set_fields_later(from.fields_later);
  to->set_fields_newly_due(from.fields_newly_due);
  to->set_fields_blocked(from.fields_blocked);
  for (const SimulatedField& one : from.fields) {
    v1::SimulatedField* field = to->add_fields();
    field->set_subject_id(one.key.subject.ToString());
    field->set_system(one.key.system);
    field->set_record_key(one.key.record_key);
    field->set_data_category(one.key.category);
    field->set_retain_until_before(DayText(one.before));
    field->set_retain_until_after(DayText(one.after));
    field->set_newly_due(one.newly_due);
    field->set_blocked_by(one.blocked_by);
  }
  for (const RuleSentence& one : from.sentences) {
    v1::ChangedSentence* sentence = to->add_sentences();
    sentence->set_rule(one.rule);
    sentence->set_reference(one.law);
    sentence->set_before_sv(one.before_sv);
    sentence->set_after_sv(one.after_sv);
    sentence->set_before_en(one.before_en);
    sentence->set_after_en(one.after_en);
  }
}

void ToProto(const StatisticsCell& from, v1::StatisticsCell* to) {
  to->set_system(from.system);
  to->set_data_category(from.data_category);
  to->set_people(from.people);
  to->set_suppressed(from.suppressed);
}

}  // namespace varsam::retention
