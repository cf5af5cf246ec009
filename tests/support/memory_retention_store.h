// RetentionStore in memory: the twin that the contract tests hold against the one on PostgreSQL.
#pragma once

#include <functional>
#include <map>

#include "services/retention/store/retention_store.h"
#include "tests/support/memory_tables.h"

namespace varsam::retention {

struct MemoryRetentionTables {
  std::map<int64_t, PolicyVersion> policies;
  std::map<SubjectId, Person> people;
  std::map<FieldKey, Field> fields;
  std::map<HoldId, Hold> holds;
  std::map<RunId, DisposalRun> runs;
  std::map<ItemId, DisposalItem> items;
  std::optional<ClockAnchor> clocks;
  std::map<CertificateId, StoredCertificate> certificates;
  HeardAt heard;
  std::map<SubjectId, RunId> waiting;
  std::map<std::string, Backup> backups;
  std::map<ReviewId, Review> reviews;
  std::map<Uuid, ReplayFact> replay;
  std::map<std::string, uint64_t> cursors;
};

class MemoryRetentionStore final : public RetentionStore,
                                   public testing::MemoryTables<MemoryRetentionTables> {
 public:
  absl::StatusOr<std::shared_ptr<const Catalogue>> LoadCatalogue(pg::Tx& tx) override;
  absl::StatusOr<PeopleFacts> LoadPeople(pg::Tx& tx,
                                         const std::vector<SubjectId>& subjects) override;
  absl::StatusOr<GrantErasureFacts> LoadFacts(pg::Tx& tx, const GrantErasure& ask) override;
  absl::StatusOr<ApplyFeedFacts> LoadFacts(pg::Tx& tx, const ApplyFeed& ask) override;
  absl::StatusOr<RunDisposalFacts> LoadDue(pg::Tx& tx, calendar::LocalDay today,
                                           const DueRange& range) override;
  absl::StatusOr<ResumeDisposals> LoadBlocked(pg::Tx& tx, const ItemId& after) override;
  absl::StatusOr<SettlePeopleFacts> LoadWaiting(pg::Tx& tx, const SubjectId& after) override;
  absl::StatusOr<RecomputeFacts> LoadOutdated(pg::Tx& tx, absl::Time now) override;
  absl::StatusOr<PlaceHoldFacts> LoadFacts(pg::Tx& tx, const PlaceHold& ask) override;
  absl::StatusOr<ReleaseHoldFacts> LoadFacts(pg::Tx& tx, const ReleaseHold& ask) override;
  absl::StatusOr<CancelDisposalRunFacts> LoadFacts(pg::Tx& tx,
                                                   const CancelDisposalRun& ask) override;
  absl::StatusOr<OpenReviewFacts> LoadFacts(pg::Tx& tx, const OpenReview& ask) override;
  absl::StatusOr<SignReviewFacts> LoadFacts(pg::Tx& tx, const SignReview& ask) override;
  absl::StatusOr<SimulationPage> LoadSimulation(pg::Tx& tx, const std::vector<std::string>& systems,
                                                const SubjectId& after, int people_max) override;
  absl::StatusOr<std::optional<Backup>> LoadBackup(pg::Tx& tx, const std::string& id) override;

  void Save(pg::Tx& tx, std::span<const PersonRecords> people) override;
  void SaveHeard(pg::Tx& tx, const HeardAt& heard) override;
  void Save(pg::Tx& tx, const Hold& hold) override;
  void Save(pg::Tx& tx, const RunDisposalOutcome& outcome) override;
  void Save(pg::Tx& tx, std::span<const ResumedItem> items) override;
  void Save(pg::Tx& tx, const CancelDisposalRunOutcome& outcome) override;
  void Save(pg::Tx& tx, const ReviewOutcome& outcome) override;
  void Save(pg::Tx& tx, const ApplyFeedOutcome& outcome,
            std::span<const StoredCertificate> certificates) override;
  void Save(pg::Tx& tx, const SettlePeopleOutcome& outcome,
            std::span<const StoredCertificate> certificates) override;
  void Save(pg::Tx& tx, const Backup& backup) override;

  absl::StatusOr<uint64_t> ReadCursor(pg::Connection& connection, const std::string& feed) override;
  absl::StatusOr<std::vector<Hold>> ReadHolds(pg::Connection& connection,
                                              bool include_released) override;
  absl::StatusOr<std::optional<DisposalRun>> ReadRun(pg::Connection& connection,
                                                     const RunId& id) override;
  absl::StatusOr<std::vector<DisposalItem>> ReadItems(pg::Connection& connection,
                                                      const std::optional<RunId>& run,
                                                      const std::optional<SubjectId>& subject,
                                                      const Uuid& after, int rows_max) override;
  absl::StatusOr<std::optional<StoredCertificate>> ReadCertificate(
      pg::Connection& connection, const CertificateId& id) override;
  absl::StatusOr<std::vector<StoredCertificate>> ReadCertificates(pg::Connection& connection,
                                                                  const std::string& case_id,
                                                                  const std::string& run_id,
                                                                  const Uuid& after,
                                                                  int rows_max) override;
  absl::StatusOr<std::optional<Backup>> ReadBackup(pg::Connection& connection,
                                                   const std::string& id) override;
  absl::StatusOr<std::vector<Backup>> ReadBackups(pg::Connection& connection,
                                                  const std::string& target,
                                                  calendar::LocalDay today) override;
  absl::StatusOr<std::vector<Review>> ReadReviews(pg::Connection& connection,
                                                  const std::string& system, int rows_max) override;
  absl::StatusOr<std::vector<StatisticsCell>> ReadCounts(pg::Connection& connection) override;
  absl::StatusOr<bool> ForgetReplay(pg::Connection& connection, absl::Time before) override;
  absl::StatusOr<std::vector<ReplayFact>> ReadReplay(pg::Connection& connection,
                                                     const ReplayPage& after,
                                                     int rows_max) override;
  absl::StatusOr<bool> HasOutdated(pg::Connection& connection, absl::Time now) override;
  absl::StatusOr<bool> HasBlocked(pg::Connection& connection) override;
  absl::StatusOr<std::string> ReadWaitingStamp(pg::Connection& connection) override;

 private:
  std::vector<PolicyVersion> Policies() const;
  std::shared_ptr<const Catalogue> Compiled() const;
  std::vector<Hold> Holds() const;  // by the time they were set
  People Find(const std::vector<SubjectId>& subjects) const;
  std::vector<PersonRecords> FindList(const std::vector<SubjectId>& subjects) const;
  // The people of the living fields for which `wanted` holds.
  std::vector<SubjectId> Having(const std::function<bool(const Field&)>& wanted) const;
  void SaveRuns(std::span<const DisposalRun> runs);
  void SaveItems(std::span<const DisposalItem> items);
};

}  // namespace varsam::retention
