// The store of the request workflow: the only virtual interface of the service. All writes share
// one shape: a Want names what a decision reads, Facts is what is known, Changes what follows.
// LoadFacts is one round trip for a whole batch, under the ledger's head lock; Save enqueues and
// costs none. Reads take a connection of their own and see what is committed.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/pg/connection.h"
#include "libs/pg/tx.h"
#include "services/request_workflow/domain/changes.h"

namespace varsam::requests {

inline constexpr int kPageRowsMax = 500;
inline constexpr int kPageRowsDefault = 50;
inline constexpr int kWorkerBatchMax = 50;

// What a decision wants to know. Empty fields ask nothing.
struct Want {
  std::optional<CaseId> case_id;           // with its tasks and children
  std::optional<TaskId> task_id;           // with its case, when it has one
  std::string token_sha256;                // a link, with its case
  std::vector<std::string> lease_systems;  // open tasks of these, nearest due date first, locked
  int32_t lease_max = 0;
  absl::Time lease_at = absl::InfiniteFuture();  // what must wait longer is not offered
  bool holds = false;  // those that stand; leases have them without asking
  std::optional<BreachId> breach_id;
  std::vector<std::string> addresses;  // keyed hashes: how many unasked letters went there lately
  absl::Time letters_since = absl::InfiniteFuture();
  // The code of the case, and failures on this day of whoever it is about.
  std::optional<calendar::LocalDay> identity_day;
};

struct Facts {
  std::optional<CaseFile> file;
  std::optional<Task> task;
  std::optional<Link> link;
  std::vector<Task> offered;
  std::vector<Hold> holds;  // with lease_systems or holds
  std::optional<Breach> breach;
  std::optional<Package> package;          // of the case
  std::optional<CaseCode> code;            // of the case
  int32_t identity_tries = 0;              // of the case's candidate, on Want.identity_day
  std::map<std::string, int64_t> letters;  // by keyed hash; absent is none
};

struct ListFilter {
  std::vector<int32_t> states;
  std::optional<SubjectId> subject;
  std::optional<CaseId> only;  // a person's own case
  std::string after;           // page token of the store
  int32_t rows_max = kPageRowsDefault;
};

struct CaseView {
  CaseFile file;
  std::vector<HistoryEntry> events;
};

class RequestsStore {
 public:
  virtual ~RequestsStore() = default;

  virtual absl::StatusOr<std::vector<Facts>> LoadFacts(pg::Tx& tx,
                                                       std::span<const Want* const> wants) = 0;
  // A whole batch at once. Of a row that several outcomes write the last counts.
  virtual void Save(pg::Tx& tx, std::span<const Changes* const> outcomes) = 0;
  void Save(pg::Tx& tx, const Changes& changes) {
    const Changes* const one = &changes;
    Save(tx, std::span(&one, 1));
  }

  // NOT_FOUND CASE_UNKNOWN / TASK_UNKNOWN / BREACH_UNKNOWN.
  virtual absl::StatusOr<CaseView> ReadCase(pg::Connection& connection, CaseId id) = 0;
  virtual absl::StatusOr<Task> ReadTask(pg::Connection& connection, TaskId id) = 0;
  virtual absl::StatusOr<std::vector<CaseView>> ReadCases(pg::Connection& connection,
                                                          const ListFilter& filter,
                                                          std::string* next_page) = 0;
  virtual absl::StatusOr<std::optional<std::string>> ReadText(pg::Connection& connection, CaseId id,
                                                              const std::string& name) = 0;
  virtual absl::StatusOr<std::optional<CaseId>> FindLinkCase(pg::Connection& connection,
                                                             const std::string& token_sha256) = 0;
  virtual absl::StatusOr<std::optional<Package>> ReadPackage(pg::Connection& connection,
                                                             CaseId id) = 0;
  // At most `parts_max` of them, from that part on.
  virtual absl::StatusOr<std::vector<std::string>> ReadPackageChunks(pg::Connection& connection,
                                                                     CaseId id,
                                                                     const std::string& format,
                                                                     int32_t from,
                                                                     int32_t parts_max) = 0;
  // At most `chunks_max` of them, from that offset on.
  virtual absl::StatusOr<std::vector<UploadChunk>> ReadUpload(pg::Connection& connection, TaskId id,
                                                              int64_t fence, int64_t from,
                                                              int32_t chunks_max) = 0;
  // Absent until the last chunk is there.
  virtual absl::StatusOr<std::optional<std::string>> ReadUploadDigest(pg::Connection& connection,
                                                                      TaskId id, int64_t fence) = 0;
  virtual absl::StatusOr<int64_t> ReadUploadEnd(pg::Connection& connection, TaskId id,
                                                int64_t fence) = 0;
  virtual absl::StatusOr<std::vector<ServedSystem>> ReadServed(pg::Connection& connection) = 0;
  virtual absl::StatusOr<std::vector<Breach>> ReadBreaches(pg::Connection& connection,
                                                           std::optional<BreachId> only) = 0;
  // Of each system: tasks leased now and finished since then.
  virtual absl::StatusOr<std::map<std::string, int64_t>> CountRecent(
      pg::Connection& connection, std::span<const std::string> systems, absl::Time since) = 0;
  virtual absl::StatusOr<bool> AnyLeasable(pg::Connection& connection,
                                           std::span<const std::string> systems,
                                           absl::Time now) = 0;

  // For the workers, at most kWorkerBatchMax rows each.
  virtual absl::StatusOr<std::vector<Case>> ReadDueSteps(pg::Connection& connection,
                                                         absl::Time now) = 0;
  virtual absl::StatusOr<std::vector<TaskId>> ReadLapsed(pg::Connection& connection,
                                                         absl::Time now) = 0;
  virtual absl::StatusOr<std::vector<OutgoingMail>> ReadWaitingMails(pg::Connection& connection,
                                                                     absl::Time now) = 0;
  virtual absl::StatusOr<std::vector<IncomingMail>> ReadArrivedMails(
      pg::Connection& connection) = 0;
  // What was written in the case, oldest first: names "message", "message/<id>", "reply/<id>".
  virtual absl::StatusOr<std::vector<SealedText>> ReadMessages(pg::Connection& connection,
                                                               CaseId id) = 0;
  // Has a letter of that kind about the case been accepted by the mail server?
  virtual absl::StatusOr<bool> ReadLetterSent(pg::Connection& connection, CaseId id,
                                              const std::string& kind) = 0;
  // Latest first, without what they say; of one state when it is not empty. `after` is the page
  // token.
  virtual absl::StatusOr<std::vector<IncomingMail>> ReadIncomingMails(pg::Connection& connection,
                                                                      const std::string& state,
                                                                      const std::string& after,
                                                                      int32_t rows_max) = 0;
  // NOT_FOUND MAIL_UNKNOWN.
  virtual absl::StatusOr<IncomingMail> ReadIncomingMail(pg::Connection& connection, Uuid id) = 0;
  // The highest UID seen under this validity; 0 when none.
  virtual absl::StatusOr<int64_t> ReadLastUid(pg::Connection& connection, int64_t uid_validity) = 0;
  virtual absl::StatusOr<std::optional<CaseId>> FindThread(
      pg::Connection& connection, std::span<const std::string> message_id_sha256) = 0;
  virtual absl::StatusOr<std::vector<CaseId>> ReadSplitDone(pg::Connection& connection) = 0;
  virtual absl::StatusOr<std::vector<Package>> ReadExpiredPackages(pg::Connection& connection,
                                                                   absl::Time now) = 0;
  // Finished destructive tasks of a system since a backup, for AnnounceRestore.
  virtual absl::StatusOr<std::vector<Task>> ReadFinishedSince(pg::Connection& connection,
                                                              const std::string& system,
                                                              absl::Time since) = 0;
  virtual absl::StatusOr<std::vector<Task>> ReadRunTasks(pg::Connection& connection, Uuid run,
                                                         std::span<const Uuid> ids) = 0;

  virtual absl::StatusOr<int64_t> ReadCursor(pg::Connection& connection,
                                             const std::string& feed) = 0;
  virtual absl::StatusOr<std::optional<std::string>> ReadPolicy(pg::Connection& connection) = 0;
};

}  // namespace varsam::requests
