// RetentionStore on PostgreSQL. Stateless but for a cache of the compiled rules; safe from every
// thread.
#pragma once

#include <functional>
#include <mutex>

#include "libs/pg/migrate.h"
#include "services/retention/store/retention_store.h"

namespace varsam::retention {

// The migration set "retention"; needs those of ledger and journal before it.
const pg::MigrationSet& Migrations();

class PostgresRetentionStore final : public RetentionStore {
 public:
  // Reads the model of a policy version from the bytes the ledger has it in.
  using ModelReader = std::function<absl::StatusOr<RetentionModel>(std::string_view)>;
  explicit PostgresRetentionStore(ModelReader read_model) : read_model_(std::move(read_model)) {}

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
  absl::StatusOr<std::vector<ReplayFact>> ReadReplay(pg::Connection& connection,
                                                     const ReplayPage& after,
                                                     int rows_max) override;
  absl::StatusOr<std::vector<Review>> ReadReviews(pg::Connection& connection,
                                                  const std::string& system, int rows_max) override;
  absl::StatusOr<std::vector<StatisticsCell>> ReadCounts(pg::Connection& connection) override;
  absl::StatusOr<bool> ForgetReplay(pg::Connection& connection, absl::Time before) override;
  absl::StatusOr<bool> HasOutdated(pg::Connection& connection, absl::Time now) override;
  absl::StatusOr<bool> HasBlocked(pg::Connection& connection) override;
  absl::StatusOr<std::string> ReadWaitingStamp(pg::Connection& connection) override;

 private:
  // Every version, read once each.
  absl::StatusOr<std::vector<PolicyVersion>> LoadPolicies(pg::Tx& tx);
  absl::StatusOr<std::vector<PersonRecords>> LoadRecords(pg::Tx& tx,
                                                         const std::vector<SubjectId>& subjects);
  absl::StatusOr<std::vector<Hold>> LoadHolds(pg::Tx& tx);
  absl::StatusOr<std::vector<SubjectId>> LoadDuePeople(pg::Tx& tx, calendar::LocalDay today,
                                                       const DueRange& range,
                                                       RunDisposalFacts& facts);
  absl::StatusOr<HeardAt> LoadHeard(pg::Tx& tx);
  void SaveCertificates(pg::Tx& tx, std::span<const StoredCertificate> certificates);
  void SaveWaiting(pg::Tx& tx, const std::vector<WaitingPerson>& waiting,
                   const std::vector<SubjectId>& settled);
  void SaveFields(pg::Tx& tx, std::span<const PersonRecords> people);
  void SaveItems(pg::Tx& tx, std::span<const DisposalItem> items);
  void SaveRuns(pg::Tx& tx, std::span<const DisposalRun> runs);

  const ModelReader read_model_;
  std::mutex mutex_;
  std::vector<PolicyVersion> policies_;        // by seq; guarded by mutex_
  std::shared_ptr<const Catalogue> compiled_;  // of policies_
};

}  // namespace varsam::retention
