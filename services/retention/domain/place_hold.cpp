#include "services/retention/domain/place_hold.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/calendar/stockholm.h"

namespace varsam::retention {
namespace {

constexpr calendar::Period kReviewEvery = calendar::Months(6);

absl::Status CheckText(std::string_view field, const std::string& text) {
  if (!text.empty() && text.size() <= kHoldTextBytesMax) return absl::OkStatus();
  return InvalidField(field,
                      absl::StrCat(text.size(), " bytes, want 1..", kHoldTextBytesMax));
}

absl::Status CheckScope(const HoldScope& scope) {
  const size_t sizes[] = {scope.subjects.size(), scope.subject_categories.size(),
                          scope.systems.size(), scope.data_categories.size()};
  size_t total = 0;
  for (size_t size : sizes) {
    total += size;
    if (size > kHoldScopeItemsMax) {
      return InvalidField("hold.scope", absl::StrCat(size, " entries of one kind, want at most ",
                                                     kHoldScopeItemsMax));
    }
  }
  if (total == 0) return InvalidField("hold.scope", "empty, want at least one entry");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HoldOutcome> Decide(const PlaceHold& ask, const PlaceHoldFacts& facts,
                                   absl::Time now, HoldId fresh) {
  RETURN_IF_ERROR(CheckText("hold.matter", ask.hold.matter));
  RETURN_IF_ERROR(CheckText("hold.owner", ask.hold.owner));
  RETURN_IF_ERROR(CheckText("hold.reason", ask.hold.reason));
  RETURN_IF_ERROR(CheckScope(ask.hold.scope));
  const calendar::LocalDay today = calendar::LocalDayOf(now);
  const calendar::LocalDay latest = calendar::AddPeriod(today, kReviewEvery);
  const calendar::LocalDay review_by = ask.review_by.value_or(latest);
  if (review_by < today || review_by > latest) {
    return InvalidField("hold.review_by", absl::StrCat(review_by.ToString(), ", want ",
                                                       today.ToString(), "..",
                                                       latest.ToString()));
  }
  if (facts.open_holds >= kOpenHoldsMax) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "HOLDS_FULL",
                           absl::StrCat("want at most ", kOpenHoldsMax, " open holds"));
  }
  HoldOutcome outcome{ask.hold, true};
  outcome.hold.id = fresh;
  outcome.hold.set_at = now;
  outcome.hold.review_by = review_by;
  outcome.hold.released_at.reset();
  return outcome;
}

absl::StatusOr<HoldOutcome> Decide(const ReleaseHold& ask, const ReleaseHoldFacts& facts,
                                   absl::Time now) {
  if (!facts.hold) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "HOLD_UNKNOWN", "there is no such hold");
  }
  HoldOutcome outcome{*facts.hold, !facts.hold->released_at};
  if (!outcome.changed) return outcome;
  RETURN_IF_ERROR(CheckText("reason", ask.reason));
  outcome.hold.released_at = now;
  outcome.hold.release_reason = ask.reason;
  return outcome;
}

}  // namespace varsam::retention
