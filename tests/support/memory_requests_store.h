// RequestsStore in memory: the twin that the contract tests hold against the one on PostgreSQL.
#pragma once

#include <map>
#include <tuple>

#include "services/request_workflow/store/requests_store.h"
#include "tests/support/memory_tables.h"

namespace varsam::requests {

struct MemoryRequestsTables {
  std::map<CaseId, Case> cases;
  std::vector<HistoryEntry> events;
  std::map<std::pair<CaseId, std::string>, std::string> texts;
  std::map<std::string, Link> links;
  std::map<TaskId, Task> tasks;
  std::map<std::tuple<TaskId, int64_t, int64_t>, UploadChunk> chunks;  // by fence and offset
  std::map<std::pair<TaskId, int64_t>, std::string> digests;           // by fence
  std::map<std::string, ServedSystem> served;
  std::map<Uuid, OutgoingMail> mails;
  std::map<Uuid, IncomingMail> incoming;
  std::map<std::pair<int64_t, int64_t>, Uuid> uids;
  std::map<CaseId, Package> packages;
  std::map<std::tuple<CaseId, std::string, int32_t>, std::string> package_chunks;
  std::map<BreachId, Breach> breaches;
  std::map<Uuid, Hold> holds;
  std::map<std::string, int64_t> cursors;
  std::optional<std::string> policy;
  std::map<CaseId, CaseCode> codes;
  std::map<std::pair<SubjectId, calendar::LocalDay>, int32_t> tries;
};

class MemoryRequestsStore final : public RequestsStore,
                                  public testing::MemoryTables<MemoryRequestsTables> {
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
  absl::StatusOr<std::vector<std::string>> ReadPackageChunks(pg::Connection& connection, CaseId id,
                                                             const std::string& format,
                                                             int32_t from,
                                                             int32_t parts_max) override;
  absl::StatusOr<std::vector<UploadChunk>> ReadUpload(pg::Connection& connection, TaskId id,
                                                      int64_t fence, int64_t from,
                                                      int32_t chunks_max) override;
  absl::StatusOr<std::optional<std::string>> ReadUploadDigest(pg::Connection& connection, TaskId id,
                                                              int64_t fence) override;
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

 private:
  std::vector<Task> TasksOf(const CaseId& id) const;  // by their making
  CaseFile FileOf(const Case& c) const;
  CaseView ViewOf(const Case& c) const;
  Facts Pick(const Want& want) const;
  void PickIdentity(const Want& want, const std::optional<CaseId>& id, Facts& facts) const;
  void PickOffers(const Want& want, Facts& facts) const;
  void SaveOne(const Changes& changes);
  void SaveIdentity(const Changes& changes);
  void SaveCases(const Changes& changes);
  void SaveTasks(const Changes& changes);
  void SaveMails(const Changes& changes);
  void SavePackages(const Changes& changes);
};

}  // namespace varsam::requests
