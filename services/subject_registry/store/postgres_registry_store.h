// RegistryStore on PostgreSQL. Stateless but for a cache of the parsed policy in force; safe from
// every thread.
#pragma once

#include <map>
#include <mutex>

#include "libs/pg/migrate.h"
#include "services/subject_registry/store/registry_store.h"

namespace varsam::registry {

// The migration set "registry"; needs those of ledger and journal before it.
const pg::MigrationSet& Migrations();

class PostgresRegistryStore final : public RegistryStore {
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
  absl::StatusOr<bool> ForgetAccesses(pg::Connection& connection, absl::Time now) override;
  absl::StatusOr<std::vector<Access>> ReadAccesses(pg::Connection& connection,
                                                   const SubjectId& subject, const Uuid& after,
                                                   int rows_max) override;

 private:
  // The policy of one row (version, yaml, text_sha256, effective_at), parsed once per text.
  absl::StatusOr<PolicyText> ToPolicy(const pg::Row& row);
  absl::StatusOr<std::shared_ptr<const PolicyModel>> CurrentModel(const pg::Rows& rows);

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const PolicyModel>> parsed_;  // by hash; guarded by mutex_
};

}  // namespace varsam::registry
