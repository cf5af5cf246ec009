// RegistryStore in memory: the twin that the contract tests hold against the one on PostgreSQL.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "services/subject_registry/store/registry_store.h"
#include "tests/support/memory_tables.h"

namespace varsam::registry {

struct MemoryRegistryTables {
  using Key = std::pair<int, std::string>;     // type and blind index
  std::map<std::string, PolicyText> policies;  // by version
  std::map<int64_t, std::string> applied;      // version by sequence
  std::map<std::pair<int, std::string>, Assessment> assessments;
  std::map<std::string, ProcessorAgreement> agreements;
  std::map<std::tuple<std::string, std::string, int>, Notice> notices;  // id, language, version
  std::map<SubjectId, Subject> subjects;
  std::map<Key, SubjectId> identifiers;
  std::set<Key> suppressed;
  std::map<uint64_t, SubjectId> entries;  // by place in the ledger
  std::map<DisclosureId, Disclosure> disclosures;
  std::map<Uuid, Access> accesses;
};

class MemoryRegistryStore final : public RegistryStore,
                                  public testing::MemoryTables<MemoryRegistryTables> {
 public:
  absl::StatusOr<std::vector<ApplyPolicyFacts>> LoadFacts(
      pg::Tx& tx, std::span<const ApplyPolicy* const> asks) override;
  absl::StatusOr<std::vector<ImportFactsWithPolicy>> LoadFacts(
      pg::Tx& tx, std::span<const ImportSubjects* const> asks) override;
  absl::StatusOr<std::vector<NoticeFactsWithPolicy>> LoadFacts(
      pg::Tx& tx, std::span<const PublishNotice* const> asks) override;
  absl::StatusOr<std::vector<SubjectFactsWithPolicy>> LoadSubjects(
      pg::Tx& tx, std::span<const SubjectPair> pairs) override;
  absl::StatusOr<PolicyFacts> LoadPolicy(pg::Tx& tx) override;

  void Save(pg::Tx& tx, const ApplyPolicyOutcome& outcome) override;
  void Save(pg::Tx& tx, const RecordAssessmentOutcome& outcome) override;
  void Save(pg::Tx& tx, const RecordProcessorAgreementOutcome& outcome) override;
  void Save(pg::Tx& tx, const PublishNoticeOutcome& outcome) override;
  void Save(pg::Tx& tx, const EraseSubjectOutcome& outcome) override;
  void Save(pg::Tx& tx, std::span<const Disclosure* const> disclosures) override;
  void Save(pg::Tx& tx, std::span<const Access* const> accesses) override;
  void Save(pg::Tx& tx, std::span<const Subject* const> subjects) override;
  void Save(pg::Tx& tx, std::span<const SubjectEntry> entries) override;

  absl::StatusOr<std::optional<PolicyText>> ReadPolicy(pg::Connection& connection,
                                                       const std::string& version) override;
  absl::StatusOr<std::vector<Assessment>> ReadAssessments(pg::Connection& connection) override;
  absl::StatusOr<std::vector<ProcessorAgreement>> ReadAgreements(
      pg::Connection& connection) override;
  absl::StatusOr<std::vector<Notice>> ReadNotices(pg::Connection& connection,
                                                  const std::string& purpose) override;
  absl::StatusOr<std::optional<Subject>> ReadSubject(pg::Connection& connection,
                                                     const SubjectId& id) override;
  absl::StatusOr<std::vector<SubjectId>> ReadMerged(pg::Connection& connection,
                                                    const SubjectId& survivor) override;
  absl::StatusOr<std::vector<SubjectId>> ReadOwners(pg::Connection& connection,
                                                    std::span<const IdentifierKey> keys) override;
  absl::StatusOr<std::vector<Disclosure>> ReadDisclosures(pg::Connection& connection,
                                                          const SubjectId& subject,
                                                          const Uuid& after, int rows_max) override;
  absl::StatusOr<std::vector<Access>> ReadAccesses(pg::Connection& connection,
                                                   const SubjectId& subject, const Uuid& after,
                                                   int rows_max) override;
  absl::StatusOr<bool> ForgetAccesses(pg::Connection& connection, absl::Time now) override;

 private:
  std::optional<PolicyText> Current() const;
  std::shared_ptr<const PolicyModel> CurrentModel() const;
  std::optional<Subject> Find(const SubjectId& id) const;
  // Of an identifier; who was merged leads on. Nil: nobody's.
  SubjectId OwnerOf(int type, const std::string& blind_index) const;
};

}  // namespace varsam::registry
