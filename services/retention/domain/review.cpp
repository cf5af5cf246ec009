#include "services/retention/domain/review.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/calendar/stockholm.h"

namespace varsam::retention {
namespace {

// The latest event that moves a clock, of any field of the system.
std::optional<absl::Time> LastSign(const PersonRecords& records, const std::string& system) {
  std::optional<absl::Time> last;
  for (const Field& field : records.fields) {
    if (field.key.system != system || field.disposed_at || field.item) continue;
    last = std::max(last.value_or(field.collected_at), field.collected_at);
    for (const SeenEvent& event : field.events) {
      const std::optional<RecordEvent> known = EventNamed(event.type);
      if (known && known->type == EventType::kClock) last = std::max(*last, event.at);
    }
  }
  return last;
}

bool Contains(const std::vector<SubjectId>& sorted, const SubjectId& one) {
  return std::binary_search(sorted.begin(), sorted.end(), one);
}

// As if the system had told that the person has no interest.
void Remove(const std::string& system, absl::Time now, PersonRecords& records) {
  for (Field& field : records.fields) {
    if (field.key.system != system || field.disposed_at) continue;
    const SeenEvent told{"no_interest_declared", now, now};
    auto at = std::lower_bound(
        field.events.begin(), field.events.end(), told,
        [](const SeenEvent& a, const SeenEvent& b) { return a.type < b.type; });
    if (at != field.events.end() && at->type == told.type) {
      *at = told;
    } else {
      field.events.insert(at, told);
    }
  }
}

}  // namespace

bool IsOverdue(const Review& review, absl::Time now) {
  return !review.signed_at && calendar::LocalDayOf(now) > review.due_by;
}

absl::StatusOr<ReviewOutcome> Decide(const OpenReview& ask, const OpenReviewFacts& facts,
                                     absl::Time now, ReviewId fresh) {
  RETURN_IF_ERROR(NeedsPolicy(facts.people.catalogue.get()));
  if (facts.people.catalogue->model.FindSystem(ask.system) == nullptr) {
    return InvalidField("system", "not in the policy");
  }
  if (ask.idle_since > now) return InvalidField("idle_since", "in the future");
  const calendar::LocalDay today = calendar::LocalDayOf(now);
  const calendar::LocalDay latest = calendar::AddPeriod(today, kReviewWithin);
  const calendar::LocalDay due_by = ask.due_by.value_or(latest);
  if (due_by < today || due_by > latest) {
    return InvalidField("due_by", absl::StrCat("want ", today.ToString(), "..",
                                               latest.ToString()));
  }
  ReviewOutcome outcome;
  Review& review = outcome.review;
  review.id = fresh;
  review.system = ask.system;
  review.opened_by = ask.opened_by;
  review.idle_since = ask.idle_since;
  review.opened_at = now;
  review.due_by = due_by;
  for (const auto& [id, records] : facts.people.people) {
    const std::optional<absl::Time> last = LastSign(records, ask.system);
    if (last && *last < ask.idle_since) review.people.push_back(id);
  }
  return outcome;
}

absl::StatusOr<ReviewOutcome> Decide(const SignReview& ask, const SignReviewFacts& facts,
                                     absl::Time now) {
  if (!facts.review) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "REVIEW_UNKNOWN", "no such review");
  }
  ReviewOutcome outcome{*facts.review, {}, {}, true};
  Review& review = outcome.review;
  if (review.signed_at) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "REVIEW_SIGNED",
                           "this review has been signed");
  }
  if (ask.reason.size() > kReviewReasonBytesMax || (!ask.keep.empty() && ask.reason.empty())) {
    return InvalidField("reason", "want why they are kept, at most 2000 bytes");
  }
  review.kept = ask.keep;
  std::sort(review.kept.begin(), review.kept.end());
  for (const SubjectId& one : review.kept) {
    if (!Contains(review.people, one)) {
      return InvalidField("keep_subject_ids", "somebody who is not under review");
    }
  }
  std::vector<SubjectId> removed;
  for (const SubjectId& one : review.people) {
    if (!Contains(review.kept, one)) removed.push_back(one);
  }
  review.people = removed;
  review.signed_at = now;
  review.signed_by = ask.signed_by;
  review.reason = ask.reason;
  People people = facts.people.people;
  for (const SubjectId& one : removed) {
    PersonRecords& records = PersonIn(people, one);
    Remove(review.system, now, records);
    if (Recompute(*facts.people.catalogue, now, records)) {
      outcome.limits.push_back({records.person.id, LimitsOf(records.fields)});
    }
    outcome.changed.push_back(records);
  }
  return outcome;
}

}  // namespace varsam::retention
