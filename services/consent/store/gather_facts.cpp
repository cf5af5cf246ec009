#include "services/consent/store/gather_facts.h"

#include <algorithm>

#include "libs/calendar/stockholm.h"
#include "services/consent/domain/standing_stops.h"

namespace varsam::consent {
namespace {

std::optional<absl::Time> TimeOrNever(int64_t micros) {
  if (micros == kNever) return std::nullopt;
  return absl::FromUnixMicros(micros);
}

std::optional<calendar::LocalDay> DayOrNever(int64_t day) {
  if (day == kNever) return std::nullopt;
  return calendar::LocalDay::FromEpochDays(static_cast<int32_t>(day));
}

class Gatherer {
 public:
  Gatherer(const Names& names, const Purpose& purpose, const Question& question)
      : names_(names),
        purpose_(purpose),
        question_(question),
        known_(question.known == absl::InfiniteFuture() ? kNever
                                                        : absl::ToUnixMicros(question.known)),
        at_(absl::ToUnixMicros(question.at)) {}

  void Take(const PackedRows& person, Gathered& to, DecideFacts& facts) {
    Row row;
    for (PackedRows::Reader reader(person); reader.Next(row);) TakeOne(row, to, facts);
    Finish(to);
  }
  void Take(std::span<const Row> rows, Gathered& to, DecideFacts& facts) {
    for (const Row& row : rows) TakeOne(row, to, facts);
    Finish(to);
  }

 private:
  void Finish(Gathered& to) {
    const size_t kept = KeepStops(purpose_, {to.consents.data(), to.consents.size()});
    to.consents.erase(to.consents.begin() + static_cast<ptrdiff_t>(kept), to.consents.end());
    if (to.global_stop && to.global_stop->bits != 0) {
      to.objections.push_back(
          {ObjectionScope::kAll, absl::FromUnixMicros(to.global_stop->at), to.global_stop->id});
    }
    for (LiObjection& one : to.li_objections) {
      if (!one.all_purposes) one.purposes = {&purpose_.key, 1};
    }
  }

  void TakeOne(const Row& row, Gathered& to, DecideFacts& facts) {
    if (row.recorded > known_) {
      if (row.kind == RowKind::kClassification) current_class_ = false;
      if (row.kind == RowKind::kLimits) current_limits_ = false;
      return;
    }
    switch (row.kind) {
      case RowKind::kConsent:
        if (PurposeKey{row.key} == purpose_.key) {
          to.consents.push_back(UnpackConsent(row, names_.TextOf(row.name)));
        }
        return;
      case RowKind::kObjection:
        to.objections.push_back(
            {static_cast<ObjectionScope>(row.bits), absl::FromUnixMicros(row.at), row.id});
        return;
      case RowKind::kGlobalStop:
        return TakeGlobalStop(row, to);
      case RowKind::kTopic:
        to.topics.push_back({names_.TextOf(row.name), (row.bits & 1) != 0,
                             absl::FromUnixMicros(row.at), row.id,
                             static_cast<ObjectionScope>(row.bits >> 1 & 3)});
        return;
      case RowKind::kLiObjection:
        return TakeLiObjection(row, to);
      case RowKind::kLiDecision:
        return TakeLiDecision(row, to);
      case RowKind::kRestriction:
        return TakeRestriction(row, to);
      case RowKind::kClassification:
        current_class_ = true;
        to.classification = row;
        to.sources.clear();
        to.ties.clear();
        to.categories.clear();
        return;
      case RowKind::kCategory:
        if (current_class_) to.categories.push_back(row.name);
        return;
      case RowKind::kSource:
        if (current_class_) to.sources.push_back(row);
        return;
      case RowKind::kRelationship:
        if (current_class_) to.ties.push_back(row);
        return;
      case RowKind::kLimits:
        current_limits_ = true;
        to.limits.clear();
        return;
      case RowKind::kLimit:
        if (current_limits_) to.limits.push_back(row);
        return;
      case RowKind::kErased:
        if (!facts.erased_at) facts.erased_at = absl::FromUnixMicros(row.at);
        return;
    }
  }

  void TakeGlobalStop(const Row& row, Gathered& to) {
    if (row.at > at_) return;
    // The latest word counts; of two at one moment the stop.
    const std::optional<Row>& known = to.global_stop;
    if (!known || row.at > known->at || (row.at == known->at && row.bits != 0)) {
      to.global_stop = row;
    }
  }

  void TakeLiObjection(const Row& row, Gathered& to) {
    const bool all = PurposeKey{row.key} == kNoPurpose;
    if (!all && PurposeKey{row.key} != purpose_.key) return;
    to.li_objections.push_back(
        {.all_purposes = all, .received_at = absl::FromUnixMicros(row.at), .id = row.id});
  }

  static void TakeLiDecision(const Row& row, Gathered& to) {
    for (LiObjection& one : to.li_objections) {
      if (one.id != row.id) continue;
      one.outcome = static_cast<Outcome>(row.bits);
      one.decided_at = absl::FromUnixMicros(row.at);
    }
  }

  static void TakeRestriction(const Row& row, Gathered& to) {
    const Restriction restriction{absl::FromUnixMicros(row.at), TimeOrNever(row.until), row.id};
    for (Restriction& known : to.restrictions) {
      if (known.id != row.id) continue;
      known = restriction;
      return;
    }
    to.restrictions.push_back(restriction);
  }

  const Names& names_;
  const Purpose& purpose_;
  const Question& question_;
  const int64_t known_, at_;
  bool current_class_ = false, current_limits_ = false;
};

bool Carries(const Row& tie, const PolicyVersion& policy, PurposeKey purpose,
             const Gathered& from) {
  const PurposeKey named{tie.key};
  if (named != kNoPurpose) return named == purpose;
  const auto kind = static_cast<RelationshipKind>(tie.bits);
  // A contact person is not the party: its employer's contract carries nothing by itself.
  if (kind == RelationshipKind::kContractContact || kind == RelationshipKind::kUnstated) {
    return false;
  }
  for (const uint32_t category : from.categories) {
    const auto fitting = policy.contract_purposes.find(category);
    if (fitting != policy.contract_purposes.end() &&
        fitting->second.contains(static_cast<uint16_t>(purpose))) {
      return true;
    }
  }
  return false;
}

}  // namespace

void Gather(const Names& names, const Purpose& purpose, const Question& question,
            const PackedRows& person, Gathered& to, DecideFacts& facts) {
  Gatherer(names, purpose, question).Take(person, to, facts);
}

void Gather(const Names& names, const Purpose& purpose, const Question& question,
            std::span<const Row> rows, Gathered& to, DecideFacts& facts) {
  Gatherer(names, purpose, question).Take(rows, to, facts);
}

void SetSource(const PolicyVersion& policy, int64_t at, const Gathered& from, DecideFacts& facts) {
  if (from.sources.empty()) return facts.unavailable.Add(Fact::kSource);
  const Row* pressing = nullptr;
  for (const Row& source : from.sources) {
    const bool told = source.until != kNever && source.until <= at;
    if (told || policy.direct_sources.contains(source.name)) continue;
    if (pressing == nullptr || source.at < pressing->at) pressing = &source;
  }
  if (pressing == nullptr) {
    facts.source.indirect = false;
    return;
  }
  facts.source = {true, absl::FromUnixMicros(pressing->at), TimeOrNever(pressing->until)};
}

void SetContract(const PolicyVersion& policy, PurposeKey purpose, int64_t today,
                 const Gathered& from, DecideFacts& facts) {
  const Row* best = nullptr;
  bool best_runs = false;
  for (const Row& tie : from.ties) {
    const bool runs = tie.at <= today && today <= tie.until;
    if (runs && static_cast<RelationshipKind>(tie.bits) == RelationshipKind::kContractParty &&
        (PurposeKey{tie.key} == kNoPurpose || PurposeKey{tie.key} == purpose)) {
      facts.party_to_contract = true;
    }
    if (!Carries(tie, policy, purpose, from)) continue;
    if (best == nullptr || (runs && !best_runs)) {
      best = &tie;
      best_runs = runs;
    }
  }
  if (best == nullptr) return;
  facts.contract = Contract{*DayOrNever(best->at), DayOrNever(best->until)};
}

void SetLimits(const Purpose& purpose, const DataSet& asked, const Gathered& from,
               DecideFacts& facts) {
  const bool all = asked.empty();
  int64_t may = all ? -kNever : kNever, must = may;
  bool found = false, may_open = false, must_missing = false;
  for (const Row& limit : from.limits) {
    if (!(all ? purpose.data : asked).Has(limit.key)) continue;
    found = true;
    if (limit.at == kNever) may_open = true;
    if (limit.until == kNever) must_missing = true;
    if (limit.at != kNever) may = all ? std::max(may, limit.at) : std::min(may, limit.at);
    if (limit.until != kNever) {
      must = all ? std::max(must, limit.until) : std::min(must, limit.until);
    }
  }
  if (!found) return;
  if (may != kNever && may != -kNever && !(all && may_open)) facts.may_until = DayOrNever(may);
  // One category without a statutory minimum ends the legal purpose at its own limit.
  if (must != kNever && must != -kNever && (all || !must_missing)) {
    facts.must_until = DayOrNever(must);
  }
}

bool Reaches(const ScopedHold& hold, SubjectId subject, const DataSet& data, const Gathered& from) {
  if (!hold.subjects.empty() &&
      std::find(hold.subjects.begin(), hold.subjects.end(), subject) == hold.subjects.end()) {
    return false;
  }
  if (!hold.categories.empty() &&
      std::none_of(from.categories.begin(), from.categories.end(), [&](uint32_t category) {
        return std::find(hold.categories.begin(), hold.categories.end(), category) !=
               hold.categories.end();
      })) {
    return false;
  }
  if (hold.data.empty() || data.empty()) return true;
  for (int i = 0; i < kDataCategoriesMax; ++i) {
    if (data.Has(i) && hold.data.Has(i)) return true;
  }
  return false;
}

bool LimitPassed(const DecideFacts& facts, calendar::LocalDay today) {
  if (facts.may_until) return today > *facts.may_until;
  return facts.must_until && today > *facts.must_until;
}

ChoicesOf ChoicesIn(const Gathered& from) {
  return {from.consents, from.objections, from.topics, from.li_objections, from.restrictions};
}

void SetChoices(const ChoicesOf& from, DecideFacts& facts) {
  facts.restrictions = from.restrictions;
  facts.objections = from.objections;
  facts.topic_choices = from.topics;
  facts.li_objections = from.li_objections;
  facts.consent_events = from.consents;
}

}  // namespace varsam::consent
