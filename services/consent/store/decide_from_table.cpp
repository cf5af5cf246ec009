// How the rows of a person become the facts of one decision.
#include <algorithm>

#include "absl/container/inlined_vector.h"
#include "libs/base/strings.h"
#include "libs/calendar/stockholm.h"
#include "services/consent/domain/decide.h"
#include "services/consent/domain/linked_choices.h"
#include "services/consent/store/decision_table.h"

namespace varsam::consent {
namespace {

// Facts gathered for one decision, on the stack unless a person has uncommonly many.
struct Gathered {
  absl::InlinedVector<ConsentEvent, 4> consents;
  absl::InlinedVector<MarketingObjection, 2> objections;
  absl::InlinedVector<TopicChoice, 4> topics;
  absl::InlinedVector<LiObjection, 2> li_objections;
  absl::InlinedVector<Restriction, 2> restrictions;
  absl::InlinedVector<Hold, 2> holds;
  absl::InlinedVector<Row, 3> sources, ties, limits;
  absl::InlinedVector<uint32_t, 2> categories;
  std::optional<Row> classification;
  std::optional<Row> global_stop;
};

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

// The source whose duty to inform presses most: indirect, untold, collected first.
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

// Asked categories: the earliest counts. None asked: the latest of those the purpose may use, since
// some of its data may still be used then.
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

void MarkUnread(const std::array<bool, 3>& read, DecideFacts& facts) {
  if (!read[static_cast<int>(FeedSource::kRegistry)]) {
    for (const Fact fact : {Fact::kErasedAt, Fact::kPartyToContract, Fact::kSource,
                            Fact::kNoticeChanges, Fact::kSoftOptIn, Fact::kLia, Fact::kContract,
                            Fact::kVendor, Fact::kDpia, Fact::kPurposeWindow}) {
      facts.unavailable.Add(fact);
    }
  }
  if (!read[static_cast<int>(FeedSource::kRequests)]) facts.unavailable.Add(Fact::kRestrictions);
  if (!read[static_cast<int>(FeedSource::kRetention)]) {
    facts.unavailable.Add(Fact::kRetention);
    facts.unavailable.Add(Fact::kHolds);
  }
}

// Assessments of the purpose.
void SetPolicyFacts(const Catalogue& catalogue, const CataloguePurpose& from,
                    const Question& question, DecideFacts& facts) {
  if (!from.lia.empty()) {
    const auto approval = catalogue.ApprovalAt(AssessmentKind::kLegitimateInterest, from.lia,
                                               question.at, question.known);
    if (approval) facts.lia = *approval;
  }
  if (!from.dpia.empty()) {
    const auto approval =
        catalogue.ApprovalAt(AssessmentKind::kImpact, from.dpia, question.at, question.known);
    if (approval) facts.dpia_approved_at = approval->approved_at;
  }
}

ChoicesOf ChoicesIn(const Gathered& g) {
  return {g.consents, g.objections, g.topics, g.li_objections, g.restrictions};
}

// The histories of all who are the same person, as one. Only choices cross a link.
template <typename Linked>
JoinedChoices Join(const Names& names, const Purpose& purpose, const Question& question,
                   const Gathered& own, const std::vector<Linked>& linked) {
  std::optional<JoinedChoices> joined;
  for (const Linked& other : linked) {
    Gathered theirs;
    DecideFacts unused;
    Gatherer(names, purpose, question).Take(other.rows, theirs, unused);
    joined = JoinLinked(joined ? joined->view() : ChoicesIn(own), ChoicesIn(theirs), other.since);
  }
  return *std::move(joined);
}

void SetChoices(const ChoicesOf& from, DecideFacts& facts) {
  facts.restrictions = from.restrictions;
  facts.objections = from.objections;
  facts.topic_choices = from.topics;
  facts.li_objections = from.li_objections;
  facts.consent_events = from.consents;
}

Decision NobodyKnown() {
  Decision decision;
  decision.reason = Reason::kIndeterminate;
  decision.missing = Fact::kErasedAt;
  decision.step = 3;
  return decision;
}

}  // namespace

DecisionTable::Terms DecisionTable::TermsOf(const Catalogue& catalogue,
                                            const Question& question) const {
  Terms terms{.catalogue = &catalogue,
              .policy = catalogue.VersionAt(question.at, question.known),
              .today = calendar::LocalDayOf(question.at)};
  MarkUnread({has_read(FeedSource::kRegistry), has_read(FeedSource::kRequests),
              has_read(FeedSource::kRetention)},
             terms.facts);
  if (terms.policy != nullptr) terms.purpose = terms.policy->Find(question.purpose);
  if (terms.purpose == nullptr) {
    terms.purpose = catalogue.FindAnywhere(question.purpose, question.known);
    terms.facts.in_force_until = absl::InfinitePast();
  }
  if (terms.purpose == nullptr) return terms;
  SetPolicyFacts(catalogue, *terms.purpose, question, terms.facts);
  catalogue.MaterialChanges(terms.purpose->purpose.key, question.known, terms.changes);
  for (NoticeChange& change : terms.changes) change.purposes = {&terms.purpose->purpose.key, 1};
  return terms;
}

std::vector<DecisionTable::LinkedRows> DecisionTable::RowsOfLinked(const Question& question) const {
  std::vector<LinkedRows> linked;
  for (const Links::Partner& partner :
       links_.PartnersOf(question.subject, question.at, question.known)) {
    const SubjectId subject = SurvivorOf(partner.subject);
    const Shard& shard = ShardOf(subject);
    absl::ReaderMutexLock lock(&shard.mutex);
    const auto person = shard.people.find(subject);
    if (person == shard.people.end()) continue;
    LinkedRows& one = linked.emplace_back(LinkedRows{partner.since, {}});
    Row row;
    for (PackedRows::Reader reader(*person); reader.Next(row);) one.rows.push_back(row);
  }
  return linked;
}

Decision DecisionTable::Decide(const Question& question) const {
  const SubjectId subject = SurvivorOf(question.subject);
  std::vector<LinkedRows> linked;
  if (links_.any()) linked = RowsOfLinked(question);  // before the lock of our own shard
  const Shard& shard = ShardOf(subject);
  absl::ReaderMutexLock lock(&shard.mutex);
  const Catalogue* const catalogue = current_.load(std::memory_order_acquire);
  return AnswerLocked(TermsOf(*catalogue, question), shard, subject, question, linked);
}

Decision DecisionTable::Asking::Decide(const Question& question) {
  if (!terms_ || question.purpose != purpose_ || question.at != at_ || question.known != known_) {
    terms_ = table_.TermsOf(*catalogue_, question);
    at_ = question.at;
    known_ = question.known;
  }
  purpose_ = question.purpose;  // the text of the one before may be gone by then
  const SubjectId subject = table_.SurvivorOf(question.subject);
  std::vector<LinkedRows> linked;
  if (table_.links_.any()) linked = table_.RowsOfLinked(question);
  const Shard& shard = table_.ShardOf(subject);
  absl::ReaderMutexLock lock(&shard.mutex);
  return table_.AnswerLocked(*terms_, shard, subject, question, linked);
}

Decision DecisionTable::AnswerLocked(const Terms& terms, const Shard& shard, SubjectId subject,
                                     const Question& question,
                                     const std::vector<LinkedRows>& linked) const {
  DecideFacts facts = terms.facts;
  DecideAsk ask{.purpose = terms.purpose == nullptr ? nullptr : &terms.purpose->purpose,
                .at = question.at,
                .topic = question.topic,
                .contacts_person = question.contacts_person,
                .recipient = question.recipient};
  if (terms.purpose == nullptr || terms.policy == nullptr) return consent::Decide(ask, facts);
  const PolicyVersion& policy = *terms.policy;
  const Purpose& purpose = *ask.purpose;
  for (const std::string_view category : question.data) {
    const auto index = policy.data.find(ToAbsl(category));
    index == policy.data.end() ? ask.data.AddUnknown() : ask.data.Add(index->second);
  }
  if (question.recipient && question.recipient->kind == RecipientKind::kProcessor) {
    facts.vendor = terms.catalogue->VendorAt(question.recipient->id, question.known);
  }
  Gathered gathered;
  const auto person = shard.people.find(subject);
  if (person != shard.people.end()) {
    Gatherer(names_, purpose, question).Take(*person, gathered, facts);
  }
  // What the registry has never told of (or erased) is nobody: a person of whom facts are missing.
  if (!gathered.classification && !facts.erased_at) return NobodyKnown();
  if (gathered.classification) {
    const uint8_t bits = gathered.classification->bits;
    facts.capacity = static_cast<Capacity>(bits & 3);
    facts.soft_opt_in = {(bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0};
  }
  SetSource(policy, absl::ToUnixMicros(question.at), gathered, facts);
  SetContract(policy, purpose.key, terms.today.epoch_days(), gathered, facts);
  SetLimits(purpose, ask.data, gathered, facts);
  if (LimitPassed(facts, terms.today)) {
    const std::shared_ptr<const std::vector<ScopedHold>> holds = std::atomic_load(&holds_);
    for (const ScopedHold& one : *holds) {
      if (one.recorded_at <= question.known && Reaches(one, subject, ask.data, gathered)) {
        gathered.holds.push_back(one.hold);
      }
    }
  }
  std::optional<JoinedChoices> joined;
  if (linked.empty()) {
    SetChoices(ChoicesIn(gathered), facts);
  } else {
    joined = Join(names_, purpose, question, gathered, linked);
    SetChoices(joined->view(), facts);
  }
  facts.holds = gathered.holds;
  facts.notice_changes = terms.changes;
  return consent::Decide(ask, facts);
}

Standing DecisionTable::StandingOf(const Purpose& purpose, SubjectId subject, absl::Time at) const {
  const Question question{
      .subject = subject, .purpose = purpose.id.value(), .at = at, .known = absl::InfiniteFuture()};
  std::vector<LinkedRows> linked;
  if (links_.any()) linked = RowsOfLinked(question);
  Gathered gathered;
  DecideFacts facts;
  {
    const SubjectId survivor = SurvivorOf(subject);
    const Shard& shard = ShardOf(survivor);
    absl::ReaderMutexLock lock(&shard.mutex);
    const auto person = shard.people.find(survivor);
    if (person != shard.people.end()) {
      Gatherer(names_, purpose, question).Take(*person, gathered, facts);
    }
  }
  std::vector<ConsentEvent> events(gathered.consents.begin(), gathered.consents.end());
  if (!linked.empty()) events = Join(names_, purpose, question, gathered, linked).consents;
  const ConsentState state = StateOf(purpose, "", events, at);
  Standing standing{.reason = state.reason, .expires_at = state.expires_at};
  if (state.deciding != nullptr) {
    standing.decided_at = state.deciding->at;
    standing.given = state.deciding->type == ConsentEventType::kGiven ||
                     state.deciding->type == ConsentEventType::kRenewed;
    standing.deciding = state.deciding->id;
  }
  return standing;
}

std::vector<SubjectId> DecisionTable::RenewalsIn(size_t part, const Purpose& purpose,
                                                 absl::Time at) const {
  std::vector<SubjectId> concerned, renewals;
  {
    const Shard& shard = (*shards_)[part];
    absl::ReaderMutexLock lock(&shard.mutex);
    for (const PackedRows& person : shard.people) {
      bool chose = false, erased = false;
      Row row;
      for (PackedRows::Reader reader(person); reader.Next(row);) {
        chose |= row.kind == RowKind::kConsent && PurposeKey{row.key} == purpose.key;
        erased |= row.kind == RowKind::kErased;
      }
      if (chose && !erased) concerned.push_back(person.subject());
    }
  }
  for (const SubjectId subject : concerned) {
    if (StandingOf(purpose, subject, at).reason == Reason::kConsentRenewalRequired) {
      renewals.push_back(subject);
    }
  }
  std::sort(renewals.begin(), renewals.end());
  return renewals;
}

ConsentState DecisionTable::StateOf(const Purpose& purpose, std::string_view recipient,
                                    std::span<const ConsentEvent> events, absl::Time at) const {
  DecideFacts facts;
  Catalogue::NoticeChanges changes;
  catalogue()->MaterialChanges(purpose.key, absl::InfiniteFuture(), changes);
  for (NoticeChange& change : changes) change.purposes = {&purpose.key, 1};
  facts.notice_changes = changes;
  facts.consent_events = events;
  if (!has_read(FeedSource::kRegistry)) facts.unavailable.Add(Fact::kNoticeChanges);
  return ConsentStateAt(purpose, recipient, at, facts);
}

}  // namespace varsam::consent
