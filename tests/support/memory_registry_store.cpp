#include "tests/support/memory_registry_store.h"

#include <algorithm>

#include "libs/calendar/stockholm.h"

namespace varsam::registry {
namespace {

// Up to rows_max of a person's rows after an id, of a map by id.
template <typename Map>
auto PageOf(const Map& rows, const SubjectId& subject, const typename Map::key_type& after,
            int rows_max) {
  std::vector<typename Map::mapped_type> page;
  for (auto at = rows.upper_bound(after); at != rows.end(); ++at) {
    if (static_cast<int>(page.size()) == rows_max) break;
    if (at->second.subject == subject) page.push_back(at->second);
  }
  return page;
}

// The parts of a person in the order in which they are read.
Subject InOrder(Subject subject) {
  std::sort(subject.identifiers.begin(), subject.identifiers.end(), [](auto& a, auto& b) {
    return std::tie(a.type, a.blind_index) < std::tie(b.type, b.blind_index);
  });
  std::sort(subject.sources.begin(), subject.sources.end(),
            [](auto& a, auto& b) { return a.source < b.source; });
  std::sort(subject.relationships.begin(), subject.relationships.end(),
            [](auto& a, auto& b) { return a.id < b.id; });
  return subject;
}

}  // namespace

std::optional<PolicyText> MemoryRegistryStore::Current() const {
  if (committed().applied.empty()) return std::nullopt;
  return committed().policies.at(committed().applied.rbegin()->second);
}

std::shared_ptr<const PolicyModel> MemoryRegistryStore::CurrentModel() const {
  const auto current = Current();
  return current ? current->model : nullptr;
}

std::optional<Subject> MemoryRegistryStore::Find(const SubjectId& id) const {
  const auto found = committed().subjects.find(id);
  if (found == committed().subjects.end()) return std::nullopt;
  return found->second;
}

SubjectId MemoryRegistryStore::OwnerOf(int type, const std::string& blind_index) const {
  const auto found = committed().identifiers.find({type, blind_index});
  if (found == committed().identifiers.end()) return {};
  return committed().subjects.at(found->second).merged_into.value_or(found->second);
}

absl::StatusOr<std::vector<ApplyPolicyFacts>> MemoryRegistryStore::LoadFacts(
    pg::Tx&, std::span<const ApplyPolicy* const> asks) {
  std::vector<ApplyPolicyFacts> all;
  for (const ApplyPolicy* ask : asks) {
    ApplyPolicyFacts& facts = all.emplace_back();
    facts.current = Current();
    facts.applied_count = static_cast<int64_t>(committed().policies.size());
    const auto same = committed().policies.find(ask->model->policy.version);
    if (same != committed().policies.end()) facts.sha256_of_version = same->second.sha256;
  }
  return all;
}

absl::StatusOr<std::vector<ImportFactsWithPolicy>> MemoryRegistryStore::LoadFacts(
    pg::Tx&, std::span<const ImportSubjects* const> asks) {
  ImportFactsWithPolicy all;
  all.policy = CurrentModel();
  all.facts.policy = all.policy.get();
  for (const ImportSubjects* ask : asks) {
    for (const ImportRow& row : ask->rows) {
      for (const SealedIdentifier& identifier : row.identifiers) {
        const MemoryRegistryTables::Key key{identifier.type, identifier.blind_index};
        if (committed().suppressed.contains(key)) all.facts.suppressed.insert(key);
        const SubjectId owner = OwnerOf(key.first, key.second);
        if (owner.IsNil()) continue;
        all.facts.owners[key] = owner;
        all.facts.subjects[owner] = *Find(owner);
      }
    }
  }
  return std::vector<ImportFactsWithPolicy>(asks.size(), all);
}

absl::StatusOr<std::vector<NoticeFactsWithPolicy>> MemoryRegistryStore::LoadFacts(
    pg::Tx&, std::span<const PublishNotice* const> asks) {
  std::vector<NoticeFactsWithPolicy> all;
  for (const PublishNotice* ask : asks) {
    NoticeFactsWithPolicy& one = all.emplace_back();
    one.policy = CurrentModel();
    one.facts.policy = one.policy.get();
    for (const auto& [key, notice] : committed().notices) {
      if (notice.id != ask->notice.id || notice.language != ask->notice.language) continue;
      one.facts.last_version = std::max(one.facts.last_version, notice.version);
    }
  }
  return all;
}

absl::StatusOr<std::vector<SubjectFactsWithPolicy>> MemoryRegistryStore::LoadSubjects(
    pg::Tx&, std::span<const SubjectPair> pairs) {
  std::vector<SubjectFactsWithPolicy> all;
  for (const SubjectPair& pair : pairs) {
    SubjectFactsWithPolicy& one = all.emplace_back();
    one.policy = CurrentModel();
    one.facts = {Find(pair.first), Find(pair.second), one.policy.get()};
  }
  return all;
}

absl::StatusOr<PolicyFacts> MemoryRegistryStore::LoadPolicy(pg::Tx&) {
  return PolicyFacts{CurrentModel()};
}

void MemoryRegistryStore::Save(pg::Tx&, const ApplyPolicyOutcome& outcome) {
  if (!outcome.append) return;
  const std::string& version = outcome.policy.model->policy.version;
  InsertNew(staged().policies, version, outcome.policy);
  InsertNew(staged().applied, outcome.sequence, version);
}

void MemoryRegistryStore::Save(pg::Tx&, const RecordAssessmentOutcome& outcome) {
  const Assessment& one = outcome.assessment;
  staged().assessments[{static_cast<int>(one.kind), one.id}] = one;
}

void MemoryRegistryStore::Save(pg::Tx&, const RecordProcessorAgreementOutcome& outcome) {
  staged().agreements[outcome.agreement.processor] = outcome.agreement;
}

void MemoryRegistryStore::Save(pg::Tx&, const PublishNoticeOutcome& outcome) {
  const Notice& one = outcome.notice;
  InsertNew(staged().notices, {one.id, one.language, one.version}, one);
}

void MemoryRegistryStore::Save(pg::Tx& tx, const EraseSubjectOutcome& outcome) {
  if (!outcome.append) return;
  const Subject* const subjects[] = {&outcome.subject};
  Save(tx, subjects);
  for (const SealedIdentifier& one : outcome.suppressed) {
    staged().suppressed.emplace(one.type, one.blind_index);
  }
  // Those merged into the person are the person.
  std::set<SubjectId> all = {outcome.subject.id};
  for (auto& [id, other] : staged().subjects) {
    if (other.merged_into != outcome.subject.id) continue;
    all.insert(id);
    for (const SealedIdentifier& one : other.identifiers) {
      staged().suppressed.emplace(one.type, one.blind_index);
      staged().identifiers.erase({one.type, one.blind_index});
    }
    other.identifiers.clear();
    other.sealed_name.clear();
    other.erased_at = outcome.subject.erased_at;
  }
  std::erase_if(staged().entries, [&](auto& one) { return all.contains(one.second); });
}

void MemoryRegistryStore::Save(pg::Tx&, std::span<const SubjectEntry> entries) {
  for (const SubjectEntry& one : entries) {
    InsertNew(staged().entries, one.ledger_index, one.subject);
  }
}

void MemoryRegistryStore::Save(pg::Tx&, std::span<const Disclosure* const> disclosures) {
  for (const Disclosure* one : disclosures) InsertNew(staged().disclosures, one->id, *one);
}

void MemoryRegistryStore::Save(pg::Tx&, std::span<const Access* const> accesses) {
  for (const Access* one : accesses) InsertNew(staged().accesses, one->id, *one);
}

void MemoryRegistryStore::Save(pg::Tx&, std::span<const Subject* const> subjects) {
  MemoryRegistryTables& tables = staged();
  for (const Subject* subject : subjects) {
    Subject& row = tables.subjects[subject->id];
    const bool known = !row.id.IsNil();
    const absl::Time registered_at = known ? row.registered_at : subject->registered_at;
    row = InOrder(*subject);
    row.registered_at = registered_at;
    std::erase_if(tables.identifiers, [&](auto& one) { return one.second == subject->id; });
  }
  for (const Subject* subject : subjects) {
    for (const SealedIdentifier& one : subject->identifiers) {
      InsertNew(tables.identifiers, {one.type, one.blind_index}, subject->id);
    }
    if (!subject->merged_into) continue;
    // Who was merged into this person before follows.
    for (auto& [id, other] : tables.subjects) {
      if (other.merged_into == subject->id) other.merged_into = subject->merged_into;
    }
  }
}

absl::StatusOr<std::optional<PolicyText>> MemoryRegistryStore::ReadPolicy(
    pg::Connection&, const std::string& version) {
  if (version.empty()) return Current();
  const auto found = committed().policies.find(version);
  if (found == committed().policies.end()) return std::optional<PolicyText>();
  return std::optional<PolicyText>(found->second);
}

absl::StatusOr<std::vector<Assessment>> MemoryRegistryStore::ReadAssessments(pg::Connection&) {
  std::vector<Assessment> all;
  for (const auto& [key, one] : committed().assessments) all.push_back(one);
  return all;
}

absl::StatusOr<std::vector<ProcessorAgreement>> MemoryRegistryStore::ReadAgreements(
    pg::Connection&) {
  std::vector<ProcessorAgreement> all;
  for (const auto& [key, one] : committed().agreements) all.push_back(one);
  return all;
}

absl::StatusOr<std::vector<Notice>> MemoryRegistryStore::ReadNotices(pg::Connection&,
                                                                     const std::string& purpose) {
  std::vector<Notice> all;
  for (const auto& [key, one] : committed().notices) {
    const bool of_it =
        std::find(one.purposes.begin(), one.purposes.end(), purpose) != one.purposes.end();
    if (purpose.empty() || of_it) all.push_back(one);
  }
  return all;
}

absl::StatusOr<std::optional<Subject>> MemoryRegistryStore::ReadSubject(pg::Connection&,
                                                                        const SubjectId& id) {
  return Find(id);
}

absl::StatusOr<std::vector<SubjectId>> MemoryRegistryStore::ReadMerged(pg::Connection&,
                                                                       const SubjectId& survivor) {
  std::vector<SubjectId> merged;
  for (const auto& [id, one] : committed().subjects) {
    if (one.merged_into == survivor) merged.push_back(id);
  }
  return merged;
}

absl::StatusOr<std::vector<SubjectId>> MemoryRegistryStore::ReadOwners(
    pg::Connection&, std::span<const IdentifierKey> keys) {
  std::vector<SubjectId> owners;
  for (const IdentifierKey& key : keys) owners.push_back(OwnerOf(key.type, key.blind_index));
  return owners;
}

absl::StatusOr<std::vector<Disclosure>> MemoryRegistryStore::ReadDisclosures(
    pg::Connection&, const SubjectId& subject, const Uuid& after, int rows_max) {
  return PageOf(committed().disclosures, subject, DisclosureId(after), rows_max);
}

absl::StatusOr<std::vector<Access>> MemoryRegistryStore::ReadAccesses(pg::Connection&,
                                                                      const SubjectId& subject,
                                                                      const Uuid& after,
                                                                      int rows_max) {
  return PageOf(committed().accesses, subject, after, rows_max);
}

absl::StatusOr<bool> MemoryRegistryStore::ForgetAccesses(pg::Connection&, absl::Time now) {
  const std::shared_ptr<const PolicyModel> policy = CurrentModel();
  if (policy == nullptr) return false;
  for (const RetentionRule& rule : policy->retention_rules) {
    if (rule.id.value() != "access_log" || !rule.keep) continue;
    const absl::Time before = calendar::StartOfDay(
        calendar::SubtractPeriod(calendar::LocalDayOf(now), *rule.keep));
    std::erase_if(staged().accesses, [&](const auto& row) { return row.second.at < before; });
  }
  return false;
}

}  // namespace varsam::registry
