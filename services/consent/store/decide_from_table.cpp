// Answers from the table: the terms of the question, the rows of the person, one decision.
#include <algorithm>

#include "libs/base/strings.h"
#include "libs/calendar/stockholm.h"
#include "services/consent/domain/decide.h"
#include "services/consent/domain/linked_choices.h"
#include "services/consent/domain/standing_stops.h"
#include "services/consent/store/decision_table.h"
#include "services/consent/store/gather_facts.h"

namespace varsam::consent {
namespace {

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

// The histories of all who are the same person, as one. Only choices cross a link.
template <typename Linked>
JoinedChoices Join(const Names& names, const Purpose& purpose, const Question& question,
                   const Gathered& own, const std::vector<Linked>& linked) {
  std::optional<JoinedChoices> joined;
  for (const Linked& other : linked) {
    Gathered theirs;
    DecideFacts unused;
    Gather(names, purpose, question, other.rows, theirs, unused);
    joined = JoinLinked(joined ? joined->view() : ChoicesIn(own), ChoicesIn(theirs), other.since);
  }
  joined->consents.resize(KeepStops(purpose, joined->consents));
  return *std::move(joined);
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
    Gather(names_, purpose, question, *person, gathered, facts);
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
      Gather(names_, purpose, question, *person, gathered, facts);
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
  Catalogue::NoticeChanges changes;
  catalogue()->MaterialChanges(purpose.key, absl::InfiniteFuture(), changes);
  absl::Time changed = absl::InfinitePast();
  for (const NoticeChange& change : changes) {
    if (change.effective_at <= at) changed = std::max(changed, change.effective_at);
  }
  {
    const Shard& shard = (*shards_)[part];
    absl::ReaderMutexLock lock(&shard.mutex);
    for (const PackedRows& person : shard.people) {
      bool chose = false, asked = false, erased = false;
      Row row;
      for (PackedRows::Reader reader(person); reader.Next(row);) {
        erased |= row.kind == RowKind::kErased;
        if (row.kind != RowKind::kConsent || PurposeKey{row.key} != purpose.key) continue;
        chose = true;
        const ConsentEvent event = UnpackConsent(row, {});
        asked |= event.type == ConsentEventType::kRequested && event.at >= changed;
      }
      if (chose && !asked && !erased) concerned.push_back(person.subject());
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
