// RequestsStore on PostgreSQL. Stateless; safe from every thread.
#pragma once

#include "libs/pg/migrate.h"
#include "services/request_workflow/store/requests_store.h"

namespace varsam::requests {

// The migration set "requests"; needs those of ledger and journal before it.
const pg::MigrationSet& Migrations();

class PostgresRequestsStore final : public RequestsStore {
 public:
  absl::StatusOr<std::vector<Facts>> LoadFacts(pg::Tx& tx,
                                               std::span<const Want* const> wants) override;
  using RequestsStore::Save;
  void Save(pg::Tx& tx, std::span<const Changes* const> outcomes) override;

  absl::StatusOr<CaseView> ReadCase(pg::Connection& connection, CaseId id) override;
  absl::StatusOr<Task> ReadTask(pg::Connection& connection, TaskId id) override;
  absl::StatusOr<std::vector<CaseView>> ReadCases(pg::Connection& connection,
                                                  const ListFilter& filter,
                                                  std::string* next_page) override;
  absl::StatusOr<std::optional<std::string>> ReadText(pg::Connection& connection, CaseId id,
                                                      const std::string& name) override;
  absl::StatusOr<std::optional<CaseId>> FindLinkCase(pg::Connection& connection,
                                                     const std::string& token_sha256) override;
  absl::StatusOr<std::optional<Package>> ReadPackage(pg::Connection& connection,
                                                     CaseId id) override;
  absl::StatusOr<std::optional<std::string>> ReadUploadDigest(pg::Connection& connection, TaskId id,
                                                              int64_t fence) override;
  absl::StatusOr<std::vector<std::string>> ReadPackageChunks(pg::Connection& connection, CaseId id,
                                                             const std::string& format,
                                                             int32_t from,
                                                             int32_t parts_max) override;
  absl::StatusOr<std::vector<UploadChunk>> ReadUpload(pg::Connection& connection, TaskId id,
                                                      int64_t fence, int64_t from,
                                                      int32_t chunks_max) override;
  absl::StatusOr<int64_t> ReadUploadEnd(pg::Connection& connection, TaskId id,
                                        int64_t fence) override;
  absl::StatusOr<std::vector<ServedSystem>> ReadServed(pg::Connection& connection) override;
  absl::StatusOr<std::vector<Breach>> ReadBreaches(pg::Connection& connection,
                                                   std::optional<BreachId> only) override;
  absl::StatusOr<std::map<std::string, int64_t>> CountRecent(pg::Connection& connection,
                                                             std::span<const std::string> systems,
                                                             absl::Time since) override;
  absl::StatusOr<bool> AnyLeasable(pg::Connection& connection, std::span<const std::string> systems,
                                   absl::Time now) override;
  absl::StatusOr<std::vector<Case>> ReadDueSteps(pg::Connection& connection,
                                                 absl::Time now) override;
  absl::StatusOr<std::vector<TaskId>> ReadLapsed(pg::Connection& connection,
                                                 absl::Time now) override;
  absl::StatusOr<std::vector<OutgoingMail>> ReadWaitingMails(pg::Connection& connection,
                                                             absl::Time now) override;
  absl::StatusOr<std::vector<IncomingMail>> ReadArrivedMails(pg::Connection& connection) override;
  absl::StatusOr<std::vector<SealedText>> ReadMessages(pg::Connection& connection,
                                                       CaseId id) override;
  absl::StatusOr<bool> ReadLetterSent(pg::Connection& connection, CaseId id,
                                      const std::string& kind) override;
  absl::StatusOr<std::vector<IncomingMail>> ReadIncomingMails(pg::Connection& connection,
                                                              const std::string& state,
                                                              const std::string& after,
                                                              int32_t rows_max) override;
  absl::StatusOr<IncomingMail> ReadIncomingMail(pg::Connection& connection, Uuid id) override;
  absl::StatusOr<int64_t> ReadLastUid(pg::Connection& connection, int64_t uid_validity) override;
  absl::StatusOr<std::optional<CaseId>> FindThread(
      pg::Connection& connection, std::span<const std::string> message_id_sha256) override;
  absl::StatusOr<std::vector<CaseId>> ReadSplitDone(pg::Connection& connection) override;
  absl::StatusOr<std::vector<Package>> ReadExpiredPackages(pg::Connection& connection,
                                                           absl::Time now) override;
  absl::StatusOr<std::vector<Task>> ReadFinishedSince(pg::Connection& connection,
                                                      const std::string& system,
                                                      absl::Time since) override;
  absl::StatusOr<std::vector<Task>> ReadRunTasks(pg::Connection& connection, Uuid run,
                                                 std::span<const Uuid> ids) override;
  absl::StatusOr<int64_t> ReadCursor(pg::Connection& connection, const std::string& feed) override;
  absl::StatusOr<std::optional<std::string>> ReadPolicy(pg::Connection& connection) override;
};

}  // namespace varsam::requests
