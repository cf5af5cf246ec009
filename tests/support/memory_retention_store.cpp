#include "tests/support/memory_retention_store.h"

#include <algorithm>
#include <set>

namespace varsam::retention {

std::vector<PolicyVersion> MemoryRetentionStore::Policies() const {
  std::vector<PolicyVersion> all;
  for (const auto& [seq, policy] : committed().policies) all.push_back(policy);
  return all;
}

std::shared_ptr<const Catalogue> MemoryRetentionStore::Compiled() const {
  if (committed().policies.empty()) return nullptr;
  return std::make_shared<const Catalogue>(CompileCatalogue(Policies()));
}

std::vector<Hold> MemoryRetentionStore::Holds() const {
  std::vector<Hold> holds;
  for (const auto& [id, hold] : committed().holds) holds.push_back(hold);
  std::stable_sort(holds.begin(), holds.end(),
                   [](const Hold& a, const Hold& b) { return a.set_at < b.set_at; });
  return holds;
}

// Those asked for, known or not, and whom they were merged into.
People MemoryRetentionStore::Find(const std::vector<SubjectId>& subjects) const {
  People found;
  for (const SubjectId& id : subjects) {
    found[id].person.id = id;
    const auto person = committed().people.find(id);
    if (person == committed().people.end()) continue;
    found[id].person = person->second;
    if (!person->second.merged_into) continue;
    const auto survivor = committed().people.find(*person->second.merged_into);
    if (survivor == committed().people.end()) continue;
    found[survivor->first].person = survivor->second;
  }
  for (const auto& [key, field] : committed().fields) {
    const auto owner = found.find(key.subject);
    if (owner != found.end()) owner->second.fields.push_back(field);
  }
  return found;
}

std::vector<PersonRecords> MemoryRetentionStore::FindList(
    const std::vector<SubjectId>& subjects) const {
  std::vector<PersonRecords> all;
  for (auto& [id, records] : Find(subjects)) all.push_back(records);
  return all;
}

std::vector<SubjectId> MemoryRetentionStore::Having(
    const std::function<bool(const Field&)>& wanted) const {
  std::set<SubjectId> people;
  for (const auto& [key, field] : committed().fields) {
    if (!field.disposed_at && wanted(field)) people.insert(key.subject);
  }
  return {people.begin(), people.end()};
}

absl::StatusOr<std::shared_ptr<const Catalogue>> MemoryRetentionStore::LoadCatalogue(pg::Tx&) {
  return Compiled();
}

absl::StatusOr<PeopleFacts> MemoryRetentionStore::LoadPeople(
    pg::Tx&, const std::vector<SubjectId>& subjects) {
  return PeopleFacts{Compiled(), Find(subjects)};
}

absl::StatusOr<GrantErasureFacts> MemoryRetentionStore::LoadFacts(pg::Tx&,
                                                                  const GrantErasure& ask) {
  return GrantErasureFacts{{Compiled(), Find({ask.subject})}, Holds()};
}

absl::StatusOr<ApplyFeedFacts> MemoryRetentionStore::LoadFacts(pg::Tx&, const ApplyFeed& ask) {
  ApplyFeedFacts facts;
  const auto cursor = committed().cursors.find(ask.feed);
  if (cursor != committed().cursors.end()) facts.cursor = cursor->second;
  std::set<RunId> runs;
  std::set<std::pair<RunId, SubjectId>> people_of_runs;
  for (const ItemId& id : ItemsOf(ask)) {
    const auto named = committed().items.find(id);
    if (named == committed().items.end()) continue;
    runs.insert(named->second.run);
    people_of_runs.emplace(named->second.run, named->second.subject);
  }
  for (const RunId& id : runs) facts.runs.push_back(committed().runs.at(id));
  std::vector<SubjectId> wanted = SubjectsOf(ask);
  for (const auto& [id, item] : committed().items) {
    if (!people_of_runs.contains({item.run, item.subject})) continue;
    facts.items.push_back(item);
    wanted.push_back(item.subject);
  }
  facts.policies = Policies();
  facts.holds = Holds();
  facts.people = {Compiled(), Find(wanted)};
  facts.heard = committed().heard;
  return facts;
}

absl::StatusOr<RunDisposalFacts> MemoryRetentionStore::LoadDue(pg::Tx&, calendar::LocalDay today,
                                                               const DueRange& range) {
  RunDisposalFacts facts;
  facts.catalogue = Compiled();
  facts.holds = Holds();
  facts.last_clocks = committed().clocks;
  facts.heard = committed().heard;
  for (const auto& [id, person] : committed().people) facts.people_total += !person.merged_into;
  const auto due = [&](const Field& field) {
    return field.standing.due_on && *field.standing.due_on <= today && !field.item;
  };
  if (range.fields_max == 0) {
    facts.candidates = FindList(Having(due));
    return facts;
  }
  std::multiset<std::pair<calendar::LocalDay, SubjectId>> in_order;
  for (const auto& [key, field] : committed().fields) {
    const bool named =
        range.systems.empty() ||
        std::find(range.systems.begin(), range.systems.end(), key.system) != range.systems.end();
    if (!field.disposed_at && due(field) && named) {
      in_order.emplace(*field.standing.due_on, key.subject);
    }
  }
  auto at = range.after ? in_order.upper_bound({range.after->day, range.after->subject})
                        : in_order.begin();
  std::vector<SubjectId> subjects;
  uint32_t rows = 0;
  for (; at != in_order.end() && rows < range.fields_max; ++at, ++rows) {
    subjects.push_back(at->second);
    facts.next_after = DuePosition{at->first, at->second};
  }
  if (rows < range.fields_max) facts.next_after.reset();
  facts.candidates = FindList(subjects);
  return facts;
}

absl::StatusOr<ResumeDisposals> MemoryRetentionStore::LoadBlocked(pg::Tx&, const ItemId& after) {
  ResumeDisposals facts;
  std::vector<SubjectId> subjects;
  const auto& items = committed().items;
  for (auto at = items.upper_bound(after); at != items.end(); ++at) {
    if (facts.blocked.size() == static_cast<size_t>(kResumeItemsMax)) break;
    if (at->second.state != DisposalState::kBlocked) continue;
    facts.blocked.push_back(at->second);
    subjects.push_back(at->second.subject);
  }
  facts.facts.catalogue = Compiled();
  facts.facts.holds = Holds();
  facts.facts.heard = committed().heard;
  facts.facts.candidates = FindList(subjects);
  return facts;
}

absl::StatusOr<RecomputeFacts> MemoryRetentionStore::LoadOutdated(pg::Tx&, absl::Time now) {
  RecomputeFacts facts;
  facts.people.catalogue = Compiled();
  if (facts.people.catalogue == nullptr) return facts;
  const int64_t generation = facts.people.catalogue->GenerationAt(now);
  facts.people.people =
      Find(Having([&](const Field& field) { return field.standing.generation < generation; }));
  return facts;
}

absl::StatusOr<PlaceHoldFacts> MemoryRetentionStore::LoadFacts(pg::Tx&, const PlaceHold&) {
  PlaceHoldFacts facts;
  for (const auto& [id, hold] : committed().holds) facts.open_holds += !hold.released_at;
  return facts;
}

absl::StatusOr<ReleaseHoldFacts> MemoryRetentionStore::LoadFacts(pg::Tx&, const ReleaseHold& ask) {
  const auto found = committed().holds.find(ask.hold);
  if (found == committed().holds.end()) return ReleaseHoldFacts{};
  return ReleaseHoldFacts{found->second};
}

absl::StatusOr<std::optional<Backup>> MemoryRetentionStore::LoadBackup(pg::Tx&,
                                                                       const std::string& id) {
  const auto found = committed().backups.find(id);
  if (found == committed().backups.end()) return std::optional<Backup>();
  return std::optional(found->second);
}

void MemoryRetentionStore::Save(pg::Tx&, std::span<const PersonRecords> people) {
  for (const PersonRecords& one : people) {
    if (!one.person.merged_into) continue;
    std::erase_if(staged().fields, [&](auto& row) { return row.first.subject == one.person.id; });
  }
  for (const PersonRecords& one : people) {
    staged().people[one.person.id] = one.person;
    for (const Field& field : one.fields) staged().fields[field.key] = field;
  }
}

void MemoryRetentionStore::Save(pg::Tx&, const Hold& hold) {
  Hold& row = staged().holds.emplace(hold.id, hold).first->second;
  row.released_at = hold.released_at;
  row.release_reason = hold.release_reason;
}

void MemoryRetentionStore::SaveRuns(std::span<const DisposalRun> runs) {
  for (const DisposalRun& run : runs) {
    DisposalRun& row = staged().runs.emplace(run.id, run).first->second;
    row.finished_at = run.finished_at;
    row.items_done = run.items_done;
    row.items_failed = run.items_failed;
    row.items_blocked = run.items_blocked;
  }
}

void MemoryRetentionStore::SaveItems(std::span<const DisposalItem> items) {
  for (const DisposalItem& item : items) {
    DisposalItem& row = staged().items.emplace(item.id, item).first->second;
    row.data_categories = item.data_categories;
    row.retain_until = item.retain_until;
    row.state = item.state;
    row.blocked_by = item.blocked_by;
    row.executed_at = item.executed_at;
    row.executed_count = item.executed_count;
    row.verification = item.verification;
    row.failure = item.failure;
    row.staged_until = item.staged_until;
    if (item.state != DisposalState::kIssued) continue;
    for (const std::string& category : item.data_categories) {
      const auto field =
          staged().fields.find(FieldKey{item.subject, item.system, item.record_key, category});
      if (field != staged().fields.end()) field->second.item = item.id;
    }
  }
}

void MemoryRetentionStore::Save(pg::Tx&, const RunDisposalOutcome& outcome) {
  SaveRuns(std::span(&outcome.run, 1));
  SaveItems(outcome.items);
  if (outcome.clocks) staged().clocks = outcome.clocks;
}

void MemoryRetentionStore::Save(pg::Tx&, std::span<const ResumedItem> items) {
  for (const ResumedItem& one : items) {
    SaveItems(std::span(&one.item, 1));
    if (one.item.state != DisposalState::kIssued) continue;
    DisposalRun& run = staged().runs.at(one.item.run);
    --run.items_blocked;
    run.finished_at.reset();
  }
}

void MemoryRetentionStore::Save(pg::Tx& tx, const ApplyFeedOutcome& outcome,
                                std::span<const StoredCertificate> certificates) {
  if (outcome.stale) return;
  for (const auto& [policy, bytes] : outcome.policies) {
    InsertNew(staged().policies, policy.seq, policy);
  }
  Save(tx, std::span<const PersonRecords>(outcome.changed));
  SaveRuns(outcome.new_runs);
  SaveItems(outcome.new_items);
  SaveItems(outcome.finished);
  SaveRuns(outcome.runs);
  for (const ReplayFact& one : outcome.replay) InsertNew(staged().replay, one.id, one);
  for (const StoredCertificate& one : certificates) {
    InsertNew(staged().certificates, one.id, one);
  }
  for (const WaitingPerson& one : outcome.waiting) staged().waiting[one.subject] = one.run;
  for (const SubjectId& id : outcome.forgotten) staged().waiting.erase(id);
  staged().cursors[outcome.feed] = outcome.next_index;
}

void MemoryRetentionStore::Save(pg::Tx&, const Backup& backup) {
  InsertNew(staged().backups, backup.id, backup);
}

absl::StatusOr<uint64_t> MemoryRetentionStore::ReadCursor(pg::Connection&,
                                                          const std::string& feed) {
  const auto found = committed().cursors.find(feed);
  return found == committed().cursors.end() ? 0 : found->second;
}

absl::StatusOr<std::vector<Hold>> MemoryRetentionStore::ReadHolds(pg::Connection&,
                                                                  bool include_released) {
  std::vector<Hold> holds = Holds();
  if (!include_released) std::erase_if(holds, [](auto& one) { return !!one.released_at; });
  return holds;
}

absl::StatusOr<std::optional<DisposalRun>> MemoryRetentionStore::ReadRun(pg::Connection&,
                                                                         const RunId& id) {
  const auto found = committed().runs.find(id);
  if (found == committed().runs.end()) return std::optional<DisposalRun>();
  return std::optional(found->second);
}

absl::StatusOr<std::vector<DisposalItem>> MemoryRetentionStore::ReadItems(
    pg::Connection&, const std::optional<RunId>& run, const std::optional<SubjectId>& subject,
    const Uuid& after, int rows_max) {
  std::vector<DisposalItem> page;
  const auto& items = committed().items;
  for (auto at = items.upper_bound(ItemId(after)); at != items.end(); ++at) {
    if (static_cast<int>(page.size()) == rows_max) break;
    const bool wanted = run ? at->second.run == *run : at->second.subject == *subject;
    if (wanted) page.push_back(at->second);
  }
  return page;
}

absl::StatusOr<std::optional<StoredCertificate>> MemoryRetentionStore::ReadCertificate(
    pg::Connection&, const CertificateId& id) {
  const auto found = committed().certificates.find(id);
  if (found == committed().certificates.end()) return std::optional<StoredCertificate>();
  return std::optional(found->second);
}

absl::StatusOr<std::vector<StoredCertificate>> MemoryRetentionStore::ReadCertificates(
    pg::Connection&, const std::string& case_id, const std::string& run_id, const Uuid& after,
    int rows_max) {
  std::vector<StoredCertificate> page;
  const auto& all = committed().certificates;
  for (auto at = all.upper_bound(CertificateId(after)); at != all.end(); ++at) {
    if (static_cast<int>(page.size()) == rows_max) break;
    const StoredCertificate& one = at->second;
    if (!case_id.empty() && one.case_id != case_id) continue;
    if (run_id.empty() || one.run_id == run_id) page.push_back(one);
  }
  return page;
}

absl::StatusOr<std::optional<Backup>> MemoryRetentionStore::ReadBackup(pg::Connection&,
                                                                       const std::string& id) {
  const auto found = committed().backups.find(id);
  if (found == committed().backups.end()) return std::optional<Backup>();
  return std::optional(found->second);
}

absl::StatusOr<std::vector<ReplayFact>> MemoryRetentionStore::ReadReplay(pg::Connection&,
                                                                         const ReplayPage& after,
                                                                         int rows_max) {
  std::map<std::pair<absl::Time, Uuid>, ReplayFact> in_order;
  for (const auto& [id, fact] : committed().replay) in_order[{fact.at, id}] = fact;
  std::vector<ReplayFact> page;
  for (auto at = in_order.upper_bound({after.at, after.id}); at != in_order.end(); ++at) {
    if (static_cast<int>(page.size()) == rows_max) break;
    page.push_back(at->second);
  }
  return page;
}

absl::StatusOr<bool> MemoryRetentionStore::HasOutdated(pg::Connection&, absl::Time now) {
  const auto catalogue = Compiled();
  if (catalogue == nullptr) return false;
  const int64_t generation = catalogue->GenerationAt(now);
  return !Having([&](const Field& one) { return one.standing.generation < generation; }).empty();
}

absl::StatusOr<bool> MemoryRetentionStore::HasBlocked(pg::Connection&) {
  return std::any_of(committed().items.begin(), committed().items.end(),
                     [](const auto& row) { return row.second.state == DisposalState::kBlocked; });
}

}  // namespace varsam::retention
