// The retention service's store: the only virtual interface of the service. Facts are loaded under
// the ledger's head lock; Save enqueues and costs no round trip. Every ask about people shares one
// conflict key (kRecordsKey), so a batch holds at most one of them. Reads take a connection of
// their own and see what is committed.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/pg/connection.h"
#include "libs/pg/tx.h"
#include "services/retention/domain/apply_feed.h"
#include "services/retention/domain/backup_health.h"
#include "services/retention/domain/grant_erasure.h"
#include "services/retention/domain/place_hold.h"
#include "services/retention/domain/review.h"
#include "services/retention/domain/run_disposal.h"
#include "services/retention/domain/settle_people.h"
#include "services/retention/domain/simulate_rules.h"
#include "services/retention/domain/statistics.h"

namespace varsam::retention {

inline constexpr char kRecordsKey[] = "records";
inline constexpr int kPageRowsMax = 500;
inline constexpr int kPageRowsDefault = 50;
// Fields a plan looks at; more is PLAN_TOO_LARGE.
inline constexpr int kPlanFieldsMax = 200'000;
// Fields computed anew, and blocked items looked at, in one step of the worker.
inline constexpr int kRecomputePeopleMax = 200;
inline constexpr int kResumeItemsMax = 200;
inline constexpr int kSettlePeopleMax = 200;

// A certificate as it was issued: its record (protobuf JSON), its words, its place in the ledger.
struct StoredCertificate {
  CertificateId id;
  std::string case_id, run_id;
  std::string record_json, text_sv, text_en;
  uint64_t entry_index = 0;
  bool operator==(const StoredCertificate&) const = default;
};

// The next people whose standing belongs to older rules.
struct RecomputeFacts {
  PeopleFacts people;
};

// Some people of some systems, by id.
struct SimulationPage {
  std::vector<PersonRecords> people;
  std::vector<Hold> holds;
  std::optional<SubjectId> next_after;  // there are more
};

struct DueRange {
  std::vector<std::string> systems;  // empty: all
  uint32_t fields_max = 0;           // 0: all, at most kPlanFieldsMax
  std::optional<DuePosition> after;  // with fields_max
};

struct ReplayPage {
  absl::Time at;
  Uuid id;
};

class RetentionStore {
 public:
  virtual ~RetentionStore() = default;

  // The rules in force; null before the first policy.
  virtual absl::StatusOr<std::shared_ptr<const Catalogue>> LoadCatalogue(pg::Tx& tx) = 0;
  virtual absl::StatusOr<PeopleFacts> LoadPeople(pg::Tx& tx,
                                                 const std::vector<SubjectId>& subjects) = 0;
  virtual absl::StatusOr<GrantErasureFacts> LoadFacts(pg::Tx& tx, const GrantErasure& ask) = 0;
  virtual absl::StatusOr<ApplyFeedFacts> LoadFacts(pg::Tx& tx, const ApplyFeed& ask) = 0;
  // Everybody of whom something is due, or of some systems the first in a range of the index.
  virtual absl::StatusOr<RunDisposalFacts> LoadDue(pg::Tx& tx, calendar::LocalDay today,
                                                   const DueRange& range = {}) = 0;
  virtual absl::StatusOr<ResumeDisposals> LoadBlocked(pg::Tx& tx, const ItemId& after) = 0;
  // The next kSettlePeopleMax people who wait, by id.
  virtual absl::StatusOr<SettlePeopleFacts> LoadWaiting(pg::Tx& tx, const SubjectId& after) = 0;
  virtual absl::StatusOr<RecomputeFacts> LoadOutdated(pg::Tx& tx, absl::Time now) = 0;
  virtual absl::StatusOr<PlaceHoldFacts> LoadFacts(pg::Tx& tx, const PlaceHold& ask) = 0;
  virtual absl::StatusOr<ReleaseHoldFacts> LoadFacts(pg::Tx& tx, const ReleaseHold& ask) = 0;
  virtual absl::StatusOr<CancelDisposalRunFacts> LoadFacts(pg::Tx& tx,
                                                           const CancelDisposalRun& ask) = 0;
  virtual absl::StatusOr<OpenReviewFacts> LoadFacts(pg::Tx& tx, const OpenReview& ask) = 0;
  virtual absl::StatusOr<SignReviewFacts> LoadFacts(pg::Tx& tx, const SignReview& ask) = 0;
  virtual absl::StatusOr<SimulationPage> LoadSimulation(pg::Tx& tx,
                                                        const std::vector<std::string>& systems,
                                                        const SubjectId& after, int people_max) = 0;
  virtual absl::StatusOr<std::optional<Backup>> LoadBackup(pg::Tx& tx, const std::string& id) = 0;

  virtual void Save(pg::Tx& tx, std::span<const PersonRecords> people) = 0;
  // When systems were read; within an hour of the last time it may be left out.
  virtual void SaveHeard(pg::Tx& tx, const HeardAt& heard) = 0;
  virtual void Save(pg::Tx& tx, const Hold& hold) = 0;
  virtual void Save(pg::Tx& tx, const RunDisposalOutcome& outcome) = 0;
  virtual void Save(pg::Tx& tx, std::span<const ResumedItem> items) = 0;
  virtual void Save(pg::Tx& tx, const CancelDisposalRunOutcome& outcome) = 0;
  virtual void Save(pg::Tx& tx, const ReviewOutcome& outcome) = 0;
  // `certificates` in the order of the outcome's.
  virtual void Save(pg::Tx& tx, const ApplyFeedOutcome& outcome,
                    std::span<const StoredCertificate> certificates) = 0;
  virtual void Save(pg::Tx& tx, const SettlePeopleOutcome& outcome,
                    std::span<const StoredCertificate> certificates) = 0;
  virtual void Save(pg::Tx& tx, const Backup& backup) = 0;

  // Reads.
  virtual absl::StatusOr<uint64_t> ReadCursor(pg::Connection& connection,
                                              const std::string& feed) = 0;
  virtual absl::StatusOr<std::vector<Hold>> ReadHolds(pg::Connection& connection,
                                                      bool include_released) = 0;
  virtual absl::StatusOr<std::optional<DisposalRun>> ReadRun(pg::Connection& connection,
                                                             const RunId& id) = 0;
  // Of a run or of a person, after an item.
  virtual absl::StatusOr<std::vector<DisposalItem>> ReadItems(
      pg::Connection& connection, const std::optional<RunId>& run,
      const std::optional<SubjectId>& subject, const Uuid& after, int rows_max) = 0;
  virtual absl::StatusOr<std::optional<StoredCertificate>> ReadCertificate(
      pg::Connection& connection, const CertificateId& id) = 0;
  virtual absl::StatusOr<std::vector<StoredCertificate>> ReadCertificates(
      pg::Connection& connection, const std::string& case_id, const std::string& run_id,
      const Uuid& after, int rows_max) = 0;
  virtual absl::StatusOr<std::optional<Backup>> ReadBackup(pg::Connection& connection,
                                                           const std::string& id) = 0;
  // Those that have not expired, newest first, at most kPageRowsMax; of all targets when empty.
  virtual absl::StatusOr<std::vector<Backup>> ReadBackups(pg::Connection& connection,
                                                          const std::string& target,
                                                          calendar::LocalDay today) = 0;
  virtual absl::StatusOr<std::vector<ReplayFact>> ReadReplay(pg::Connection& connection,
                                                             const ReplayPage& after,
                                                             int rows_max) = 0;
  // Newest first; of all systems when empty.
  virtual absl::StatusOr<std::vector<Review>> ReadReviews(pg::Connection& connection,
                                                          const std::string& system,
                                                          int rows_max) = 0;
  // People by system and category; a scan.
  virtual absl::StatusOr<std::vector<StatisticsCell>> ReadCounts(pg::Connection& connection) = 0;
  // Forgets replay facts before `before` and sets that have expired before that day; one bounded
  // batch, true when there may be more.
  virtual absl::StatusOr<bool> ForgetReplay(pg::Connection& connection, absl::Time before) = 0;
  // Is anything waiting for the worker: fields of older rules, blocked items?
  virtual absl::StatusOr<bool> HasOutdated(pg::Connection& connection, absl::Time now) = 0;
  virtual absl::StatusOr<bool> HasBlocked(pg::Connection& connection) = 0;
  // Changes when the end of something may leave nothing of a person who waits; empty while nobody
  // waits. The end of a restriction or a case does not show in it.
  virtual absl::StatusOr<std::string> ReadWaitingStamp(pg::Connection& connection) = 0;
};

}  // namespace varsam::retention
