// How long an answer holds by itself. Errs towards too short: what is asked again costs a call,
// what is kept too long would allow what has ended.
#include <algorithm>

#include "libs/calendar/stockholm.h"
#include "services/consent/store/decision_table.h"

namespace varsam::consent {
namespace {

// The first of the moments told to it that is yet to come.
class Soonest {
 public:
  explicit Soonest(absl::Time at)
      : at_(at), until_(calendar::StartOfDay(calendar::LocalDayOf(at) + 1)) {}
  void Consider(absl::Time moment) {
    if (moment > at_) until_ = std::min(until_, moment);
  }
  void Consider(int64_t micros) {
    if (micros != kNever) Consider(absl::FromUnixMicros(micros));
  }
  absl::Time until() const { return until_; }

 private:
  const absl::Time at_;
  absl::Time until_;
};

// Days end at midnight, which counts anyway; what is left are moments.
void ConsiderRow(const Row& row, const Purpose* purpose, Soonest& soonest) {
  switch (row.kind) {
    case RowKind::kConsent: {
      soonest.Consider(row.at);
      if (purpose == nullptr || !purpose->valid || PurposeKey{row.key} != purpose->key) return;
      return soonest.Consider(calendar::AddPeriod(absl::FromUnixMicros(row.at), *purpose->valid));
    }
    case RowKind::kObjection:
    case RowKind::kGlobalStop:
    case RowKind::kTopic:
    case RowKind::kLiObjection:
    case RowKind::kLiDecision:
    case RowKind::kErased:
      return soonest.Consider(row.at);
    case RowKind::kRestriction:
    case RowKind::kSource:
      soonest.Consider(row.at);
      return soonest.Consider(row.until);
    case RowKind::kClassification:
    case RowKind::kCategory:
    case RowKind::kRelationship:
    case RowKind::kLimits:
    case RowKind::kLimit:
      return;
  }
}

}  // namespace

std::optional<absl::Time> DecisionTable::HoldsUntil(const Question& question) const {
  const bool of_the_past = question.known != absl::InfiniteFuture();
  if (of_the_past || SurvivorOf(question.subject) != question.subject) return std::nullopt;
  for (const FeedSource feed :
       {FeedSource::kRegistry, FeedSource::kRequests, FeedSource::kRetention}) {
    if (Lacks(feed)) return std::nullopt;
  }
  const std::shared_ptr<const Catalogue> catalogue = this->catalogue();
  const CataloguePurpose* const known =
      catalogue->FindAnywhere(question.purpose, absl::InfiniteFuture());
  const Purpose* const purpose = known == nullptr ? nullptr : &known->purpose;
  Soonest soonest(question.at);
  soonest.Consider(catalogue->NextChangeAfter(question.at));
  for (const ScopedHold& one : *std::atomic_load(&holds_)) {
    soonest.Consider(one.hold.set_at);
    if (one.hold.released_at) soonest.Consider(*one.hold.released_at);
  }
  if (links_.any()) {
    for (const LinkedRows& linked : RowsOfLinked(question)) {
      for (const Row& row : linked.rows) ConsiderRow(row, purpose, soonest);
    }
  }
  const Shard& shard = ShardOf(question.subject);
  absl::ReaderMutexLock lock(&shard.mutex);
  const auto person = shard.people.find(question.subject);
  if (person == shard.people.end()) return std::nullopt;
  Row row;
  for (PackedRows::Reader reader(*person); reader.Next(row);) {
    ConsiderRow(row, purpose, soonest);
  }
  return soonest.until();
}

}  // namespace varsam::consent
