#include "services/consent/store/decision_table.h"

#include <algorithm>

namespace varsam::consent {
namespace {

int64_t Micros(absl::Time time) {
  if (time == absl::InfiniteFuture()) return kNever;
  return absl::ToUnixMicros(time);
}

bool Same(const Row& a, const Row& b) {  // but for when it became known
  return a.kind == b.kind && a.at == b.at && a.until == b.until && a.id == b.id &&
         a.bits == b.bits && a.key == b.key && a.name == b.name;
}

bool Follows(RowKind kind, RowKind head) {
  if (head == RowKind::kLimits) return kind == RowKind::kLimit;
  return kind == RowKind::kCategory || kind == RowKind::kSource || kind == RowKind::kRelationship;
}

bool IsChoice(RowKind kind) {
  return kind <= RowKind::kLiDecision || kind == RowKind::kRestriction;
}

ObjectionScope ScopeFrom(std::string_view scope) {
  if (scope == "email") return ObjectionScope::kEmail;
  if (scope == "phone") return ObjectionScope::kPhone;
  return ObjectionScope::kAll;
}

}  // namespace

DecisionTable::DecisionTable()
    : shards_(std::make_unique<std::array<Shard, kShards>>()),
      catalogue_(std::make_shared<const Catalogue>()),
      current_(catalogue_.get()),
      holds_(std::make_shared<const std::vector<ScopedHold>>()) {}

DecisionTable::Shard& DecisionTable::ShardOf(SubjectId subject) const {
  // Subject ids are random; their last byte is as good as a hash.
  return (*shards_)[subject.value().bytes[15] % kShards];
}

void DecisionTable::Tell(SubjectId subject, ChangeSource source, std::string_view purpose) const {
  if (!listener_) return;
  listener_(subject, purpose, source);
  if (const SubjectId survivor = SurvivorOf(subject); survivor != subject) {
    listener_(survivor, purpose, source);
  }
  if (!links_.any()) return;
  for (const SubjectId linked : links_.Touched(subject)) listener_(linked, purpose, source);
}

SubjectId DecisionTable::SurvivorOf(SubjectId subject) const {
  if (!any_merged_.load(std::memory_order_acquire)) return subject;
  absl::ReaderMutexLock lock(&merged_mutex_);
  for (auto next = merged_.find(subject); next != merged_.end(); next = merged_.find(subject)) {
    subject = next->second;
  }
  return subject;
}

void DecisionTable::Append(SubjectId subject, std::span<const Row> rows) {
  subject = SurvivorOf(subject);
  Shard& shard = ShardOf(subject);
  absl::MutexLock lock(&shard.mutex);
  shard.people.emplace(subject).first->Append(rows);
}

void DecisionTable::Replace(SubjectId subject, const Row& head, std::span<const Row> rows) {
  Shard& shard = ShardOf(subject);
  absl::MutexLock lock(&shard.mutex);
  const PackedRows& all = *shard.people.emplace(subject).first;
  std::vector<Row> told = {head};
  told.insert(told.end(), rows.begin(), rows.end());
  std::vector<Row> known;
  Row row;
  for (PackedRows::Reader reader(all); reader.Next(row);) {
    if (row.kind == head.kind) known.clear();
    if (row.kind == head.kind || Follows(row.kind, head.kind)) known.push_back(row);
  }
  if (!std::equal(told.begin(), told.end(), known.begin(), known.end(), Same)) all.Append(told);
}

void DecisionTable::Apply(const RecordedConsent& consent) {
  const Row row{
      .at = Micros(consent.at),
      .until = static_cast<int64_t>(MechanismOf(consent.mechanism).value_or(Mechanism::kUnstated)),
      .recorded = Micros(consent.recorded_at),
      .id = consent.id,
      .kind = RowKind::kConsent,
      .bits = PackConsent(consent.type, consent.actor, consent.verified, consent.proven()),
      .key = static_cast<uint16_t>(names_.PurposeKeyOf(consent.purpose.value())),
      .name = names_.NumberOf(consent.recipient)};
  Append(consent.subject, {&row, 1});
  Tell(consent.subject, ChangeSource::kOwnLedger, consent.purpose.value());
}

void DecisionTable::Apply(const Objection& objection, absl::Time recorded_at) {
  std::vector<Row> rows;
  Row row{.at = Micros(objection.at), .recorded = Micros(recorded_at), .id = objection.id};
  if (!objection.marketing_scope.empty()) {
    row.kind = RowKind::kObjection;
    row.bits = static_cast<uint8_t>(ScopeFrom(objection.marketing_scope));
    rows.push_back(row);
  } else if (!objection.decided_at) {
    row.kind = RowKind::kLiObjection;
    for (const std::string& purpose : objection.purposes) {
      row.key = static_cast<uint16_t>(purpose == "all" ? kNoPurpose : names_.PurposeKeyOf(purpose));
      rows.push_back(row);
    }
  } else {
    row.kind = RowKind::kLiDecision;
    row.at = Micros(*objection.decided_at);
    row.bits =
        static_cast<uint8_t>(objection.outcome == "upheld" ? Outcome::kUpheld : Outcome::kRejected);
    rows.push_back(row);
  }
  Append(objection.subject, rows);
  Tell(objection.subject, ChangeSource::kOwnLedger);
}

void DecisionTable::Apply(const Preferences& preferences, absl::Time recorded_at) {
  std::vector<Row> rows;
  rows.push_back({.at = Micros(preferences.global_stop_at.value_or(recorded_at)),
                  .recorded = Micros(recorded_at),
                  .kind = RowKind::kGlobalStop,
                  .bits = preferences.global_stop});
  for (const TopicPreference& topic : preferences.topics) {
    rows.push_back({.at = Micros(topic.at),
                    .recorded = Micros(recorded_at),
                    .kind = RowKind::kTopic,
                    .bits = PackTopic(topic.enabled, ScopeFrom(topic.channel)),
                    .name = names_.NumberOf(topic.topic)});
  }
  Append(preferences.subject, rows);
  Tell(preferences.subject, ChangeSource::kOwnLedger);
}

void DecisionTable::Apply(const SubjectLink& link, absl::Time recorded_at) {
  links_.Apply(link, recorded_at);
  Tell(link.subject, ChangeSource::kOwnLedger);
  Tell(link.browser, ChangeSource::kOwnLedger);
}

void DecisionTable::Introduce(SubjectId browser, absl::Time at, absl::Time recorded_at) {
  const int64_t recorded = Micros(recorded_at);
  const Row rows[] = {
      {.recorded = recorded,
       .kind = RowKind::kClassification,
       .bits = static_cast<uint8_t>(Capacity::kUnknown)},
      {.recorded = recorded, .kind = RowKind::kCategory, .name = names_.NumberOf(kBrowserCategory)},
      {.at = Micros(at),
       .recorded = recorded,
       .kind = RowKind::kSource,
       .name = names_.NumberOf(kBrowserSource)}};
  browser = SurvivorOf(browser);
  Shard& shard = ShardOf(browser);
  {
    absl::MutexLock lock(&shard.mutex);
    const PackedRows& to = *shard.people.emplace(browser).first;
    Row row;
    for (PackedRows::Reader reader(to); reader.Next(row);) {
      if (row.kind == RowKind::kClassification) return;
    }
    to.Append(rows);
  }
  Tell(browser, ChangeSource::kOwnLedger);
}

void DecisionTable::Forget(SubjectId subject, std::string_view purpose, absl::Time before) {
  const auto key = static_cast<uint16_t>(names_.PurposeKeyOf(purpose));
  const int64_t until = Micros(before);
  subject = SurvivorOf(subject);
  Shard& shard = ShardOf(subject);
  {
    absl::MutexLock lock(&shard.mutex);
    const auto person = shard.people.find(subject);
    if (person == shard.people.end()) return;
    std::vector<Row> kept;
    Row row;
    for (PackedRows::Reader reader(*person); reader.Next(row);) {
      if (row.kind == RowKind::kConsent && row.key == key && row.at < until) continue;
      kept.push_back(row);
    }
    shard.people.erase(person);
    if (!kept.empty()) shard.people.emplace(subject).first->Append(kept);
  }
  Tell(subject, ChangeSource::kOwnLedger, purpose);
}

bool DecisionTable::MayBeHeld(SubjectId subject, absl::Time at) const {
  const auto categories = CategoriesOf(subject);
  const auto holds = std::atomic_load(&holds_);
  return std::any_of(holds->begin(), holds->end(), [&](const ScopedHold& one) {
    if (one.hold.released_at && *one.hold.released_at <= at) return false;
    const bool named = one.subjects.empty() || std::find(one.subjects.begin(), one.subjects.end(),
                                                         subject) != one.subjects.end();
    if (!named || one.categories.empty() || !categories) return named;
    return std::any_of(categories->begin(), categories->end(), [&](const std::string& category) {
      return std::find(one.categories.begin(), one.categories.end(), names_.Find(category)) !=
             one.categories.end();
    });
  });
}

std::optional<std::vector<std::string>> DecisionTable::CategoriesOf(SubjectId subject) const {
  subject = SurvivorOf(subject);
  const Shard& shard = ShardOf(subject);
  absl::ReaderMutexLock lock(&shard.mutex);
  const auto person = shard.people.find(subject);
  if (person == shard.people.end()) return std::nullopt;
  std::optional<std::vector<std::string>> categories;
  Row row;
  for (PackedRows::Reader reader(*person); reader.Next(row);) {
    if (row.kind == RowKind::kClassification) categories.emplace();
    if (row.kind == RowKind::kCategory && categories) {
      categories->emplace_back(names_.TextOf(row.name));
    }
  }
  return categories;
}

void DecisionTable::Apply(const Classification& person, absl::Time recorded_at) {
  const int64_t recorded = Micros(recorded_at);
  Row head{.recorded = recorded, .kind = RowKind::kClassification};
  head.bits = static_cast<uint8_t>(static_cast<int>(person.capacity) |
                                   (person.soft_opt_in.obtained_in_sale ? 4 : 0) |
                                   (person.soft_opt_in.own_similar_services ? 8 : 0) |
                                   (person.soft_opt_in.opt_out_offered_each_time ? 16 : 0));
  std::vector<Row> rows;
  for (const std::string& category : person.categories) {
    rows.push_back(
        {.recorded = recorded, .kind = RowKind::kCategory, .name = names_.NumberOf(category)});
  }
  for (const Classification::Source& source : person.sources) {
    rows.push_back({.at = Micros(source.collected_at),
                    .until = source.notice_at ? Micros(*source.notice_at) : kNever,
                    .recorded = recorded,
                    .kind = RowKind::kSource,
                    .name = names_.NumberOf(source.source)});
  }
  for (const Classification::Relationship& tie : person.relationships) {
    Row row{.at = tie.from.epoch_days(),
            .until = tie.to ? tie.to->epoch_days() : kNever,
            .recorded = recorded,
            .kind = RowKind::kRelationship,
            .bits = static_cast<uint8_t>(tie.kind),
            .key = static_cast<uint16_t>(kNoPurpose)};
    if (tie.purposes.empty()) rows.push_back(row);
    for (const std::string& purpose : tie.purposes) {
      row.key = static_cast<uint16_t>(names_.PurposeKeyOf(purpose));
      rows.push_back(row);
    }
  }
  Replace(person.subject, head, rows);
  Tell(person.subject, ChangeSource::kRegistry);
}

void DecisionTable::Erase(SubjectId subject, absl::Time at, absl::Time recorded_at) {
  const Row row{.at = Micros(at), .recorded = Micros(recorded_at), .kind = RowKind::kErased};
  Append(subject, {&row, 1});
  Tell(subject, ChangeSource::kRegistry);
}

void DecisionTable::Merge(SubjectId survivor, SubjectId merged) {
  if (survivor == merged || SurvivorOf(survivor) == merged) return;
  {
    absl::MutexLock lock(&merged_mutex_);
    merged_[merged] = survivor;
  }
  any_merged_.store(true, std::memory_order_release);
  std::vector<Row> choices;
  {
    Shard& shard = ShardOf(merged);
    absl::MutexLock lock(&shard.mutex);
    const auto person = shard.people.find(merged);
    if (person != shard.people.end()) {
      Row row;
      for (PackedRows::Reader reader(*person); reader.Next(row);) {
        if (IsChoice(row.kind)) choices.push_back(row);
      }
      shard.people.erase(person);
    }
  }
  Append(survivor, choices);
  Tell(merged, ChangeSource::kRegistry);
  Tell(survivor, ChangeSource::kRegistry);
}

void DecisionTable::Apply(const RestrictionChange& change, absl::Time recorded_at) {
  const Row row{.at = Micros(change.from),
                .until = change.to ? Micros(*change.to) : kNever,
                .recorded = Micros(recorded_at),
                .id = change.case_id,
                .kind = RowKind::kRestriction};
  Append(change.subject, {&row, 1});
  Tell(change.subject, ChangeSource::kRequests);
}

void DecisionTable::Apply(const DataLimits& limits, absl::Time recorded_at) {
  const int64_t recorded = Micros(recorded_at);
  std::vector<Row> rows;
  for (const DataLimits::Limit& limit : limits.limits) {
    const int index = names_.DataIndexOf(limit.data_category);
    if (index < 0) continue;  // no purpose can name it either
    rows.push_back({.at = limit.may_until ? limit.may_until->epoch_days() : kNever,
                    .until = limit.must_until ? limit.must_until->epoch_days() : kNever,
                    .recorded = recorded,
                    .kind = RowKind::kLimit,
                    .key = static_cast<uint16_t>(index)});
  }
  const SubjectId subject = SurvivorOf(limits.subject);
  Replace(subject, {.recorded = recorded, .kind = RowKind::kLimits}, rows);
  Tell(subject, ChangeSource::kRetention);
}

void DecisionTable::Apply(const ScopedHold& hold) {
  auto holds = std::make_shared<std::vector<ScopedHold>>(*std::atomic_load(&holds_));
  const auto known = std::find_if(holds->begin(), holds->end(), [&](const ScopedHold& one) {
    return one.hold.id == hold.hold.id;
  });
  if (known == holds->end()) {
    holds->push_back(hold);
  } else {
    known->hold.released_at = hold.hold.released_at;
  }
  std::atomic_store(&holds_, std::shared_ptr<const std::vector<ScopedHold>>(std::move(holds)));
  Tell(SubjectId(), ChangeSource::kRetention);
}

void DecisionTable::SetCatalogue(std::shared_ptr<const Catalogue> catalogue) {
  current_.store(catalogue.get(), std::memory_order_release);
  const std::shared_ptr<const Catalogue> old =
      std::atomic_exchange(&catalogue_, std::move(catalogue));
  for (Shard& shard : *shards_) absl::MutexLock wait(&shard.mutex);
  Tell(SubjectId(), ChangeSource::kRegistry);
}

std::shared_ptr<const Catalogue> DecisionTable::catalogue() const {
  return std::atomic_load(&catalogue_);
}

DecisionTable::Size DecisionTable::Measure() const {
  Size size;
  for (const Shard& shard : *shards_) {
    absl::ReaderMutexLock lock(&shard.mutex);
    size.subjects += shard.people.size();
    size.bytes += shard.people.capacity() * (sizeof(PackedRows) + 1);
    for (const PackedRows& person : shard.people) {
      Row row;
      for (PackedRows::Reader reader(person); reader.Next(row);) ++size.rows;
      size.bytes += person.bytes();
    }
  }
  return size;
}

}  // namespace varsam::consent
