// Reviews of a register (policy 1.8, P51): the people of a system who have shown no sign of life
// for a while are put before whoever answers for it; what is not kept is signed away. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/retention/domain/record_signals.h"

namespace varsam::retention {

using ReviewId = StrongId<struct ReviewIdTag>;

// People of one review, those nearest to their end first; the next review takes the others.
inline constexpr int kReviewPeopleMax = 500;
inline constexpr int kReviewReasonBytesMax = 2000;
inline constexpr calendar::Period kReviewWithin = calendar::Months(3);

struct Review {
  ReviewId id;
  std::string system, opened_by, signed_by, reason;
  absl::Time idle_since, opened_at;
  calendar::LocalDay due_by;
  std::optional<absl::Time> signed_at;
  std::vector<SubjectId> people, kept;  // sorted; after signing `people` are those removed
};
// Its last day has passed without a signature.
bool IsOverdue(const Review& review, absl::Time now);

struct OpenReview {
  std::string system, opened_by;
  absl::Time idle_since;
  std::optional<calendar::LocalDay> due_by;
  calendar::LocalDay today;  // who is due already goes by itself and is not reviewed
};
struct OpenReviewFacts {
  PeopleFacts people;  // who may be idle
};
struct ReviewOutcome {
  Review review;
  std::vector<PersonRecords> changed;
  std::vector<PersonLimits> limits;
  bool append = true;
};
// FAILED_PRECONDITION POLICY_MISSING; INVALID_ARGUMENT for a system that the policy does not name,
// an instant that lies ahead, a day later than three months from now.
absl::StatusOr<ReviewOutcome> Decide(const OpenReview& ask, const OpenReviewFacts& facts,
                                     absl::Time now, ReviewId fresh);

struct SignReview {
  ReviewId review;
  std::vector<SubjectId> keep;
  std::string reason, signed_by;
};
struct SignReviewFacts {
  std::optional<Review> review;
  PeopleFacts people;
};
// NOT_FOUND REVIEW_UNKNOWN; FAILED_PRECONDITION REVIEW_SIGNED; INVALID_ARGUMENT for somebody who is
// not under review, and for keeping anybody without a reason.
absl::StatusOr<ReviewOutcome> Decide(const SignReview& ask, const SignReviewFacts& facts,
                                     absl::Time now);

}  // namespace varsam::retention
