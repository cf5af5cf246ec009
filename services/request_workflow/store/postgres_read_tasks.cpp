// Reads of tasks, uploads, mails and cursors for shells and workers.
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/request_workflow/store/postgres_requests_store.h"
#include "services/request_workflow/store/postgres_rows.h"

namespace varsam::requests {
namespace {

constexpr pg::Statement kReadTask{"requests_read_task",
                                  "SELECT " VARSAM_TASK_COLUMNS " FROM task WHERE task_id = $1"};
constexpr pg::Statement kReadUpload{
    "requests_read_upload",
    "SELECT chunk_offset, length, sealed FROM task_chunk WHERE task_id = $1 AND fence = $2 "
    "AND chunk_offset >= $3 ORDER BY chunk_offset LIMIT $4"};
constexpr pg::Statement kReadUploadDigest{
    "requests_read_upload_digest",
    "SELECT sha256 FROM task_upload WHERE task_id = $1 AND fence = $2"};
constexpr pg::Statement kReadUploadEnd{
    "requests_read_upload_end",
    "SELECT coalesce(max(chunk_offset + length), 0) FROM task_chunk "
    "WHERE task_id = $1 AND fence = $2"};
constexpr pg::Statement kReadServed{
    "requests_read_served",
    "SELECT connector, system, actions, identifier_types, schema_digest, seen_at, closed, "
    "tasks_per_hour_max "
    "FROM served_system"};
constexpr pg::Statement kAnyLeasable{
    "requests_any_leasable",
    "SELECT EXISTS (SELECT 1 FROM task WHERE state = 1 AND NOT manual AND system = ANY($1) "
    "AND available_at <= $2)"};
// Two indexes answer, one each.
constexpr pg::Statement kCountRecent{
    "requests_count_recent",
    "SELECT system, sum(tasks)::int8 FROM (SELECT system, count(*) AS tasks FROM task WHERE "
    "system = ANY($1) AND state = 2 GROUP BY system UNION ALL SELECT system, count(*) FROM task "
    "WHERE system = ANY($1) AND finished_at > $2 AND state <> 2 GROUP BY system) AS recent "
    "GROUP BY system"};
constexpr pg::Statement kReadLapsed{
    "requests_read_lapsed",
    "SELECT task_id FROM task WHERE state = 2 AND lease_until < $1 ORDER BY lease_until LIMIT $2"};
constexpr pg::Statement kReadWaitingMails{
    "requests_read_waiting_mails",
    "SELECT mail_id, case_id, kind, subject, sealed_to, sealed_body, send_at, attempts, "
    "to_index, made_at "
    "FROM mail_out WHERE sent_at IS NULL AND NOT given_up AND send_at <= $1 "
    "ORDER BY send_at LIMIT $2"};
constexpr pg::Statement kReadArrivedMails{
    "requests_read_arrived_mails",
    "SELECT mail_id, uid_validity, uid, arrived_at, sealed_raw, reason FROM mail_in "
    "WHERE state = 'arrived' ORDER BY arrived_at LIMIT $1"};
constexpr pg::Statement kReadLastUid{
    "requests_read_last_uid", "SELECT coalesce(max(uid), 0) FROM mail_in WHERE uid_validity = $1"};
constexpr pg::Statement kFindThread{
    "requests_find_thread",
    "SELECT case_id FROM mail_in WHERE message_id_sha256 = ANY($1) AND case_id IS NOT NULL "
    "ORDER BY arrived_at DESC LIMIT 1"};
constexpr pg::Statement kReadFinishedSince{
    "requests_read_finished_since",
    "SELECT " VARSAM_TASK_COLUMNS
    " FROM task WHERE system = $1 AND finished_at > $2 AND state = 3 "
    "AND action IN (2, 3, 6) ORDER BY finished_at"};
constexpr pg::Statement kReadRunTasks{"requests_read_run_tasks",
                                      "SELECT " VARSAM_TASK_COLUMNS
                                      " FROM task WHERE run_id = $1 AND task_id = ANY($2)"};
constexpr pg::Statement kReadCursor{"requests_read_cursor",
                                    "SELECT next_index FROM consumer_cursor WHERE feed = $1"};
constexpr pg::Statement kReadPolicy{"requests_read_policy", "SELECT model FROM policy_in_force"};

std::vector<Task> TasksFrom(const pg::Rows& rows) {
  std::vector<Task> tasks;
  for (pg::Row row : rows) tasks.push_back(TaskFromRow(row));
  return tasks;
}

}  // namespace

absl::StatusOr<Task> PostgresRequestsStore::ReadTask(pg::Connection& connection, TaskId id) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadTask, pg::Params().Uuid(id.value())));
  if (rows.empty()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "TASK_UNKNOWN", "there is no such task");
  }
  return TaskFromRow(rows.Only());
}

absl::StatusOr<std::vector<UploadChunk>> PostgresRequestsStore::ReadUpload(
    pg::Connection& connection, TaskId id, int64_t fence, int64_t from, int32_t chunks_max) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadUpload,
                       pg::Params().Uuid(id.value()).Int64(fence).Int64(from).Int64(chunks_max)));
  std::vector<UploadChunk> chunks;
  for (pg::Row row : rows) {
    chunks.push_back({id, fence, row.Int64(0), row.Int64(1), std::string(row.Bytes(2))});
  }
  return chunks;
}

absl::StatusOr<std::optional<std::string>> PostgresRequestsStore::ReadUploadDigest(
    pg::Connection& connection, TaskId id, int64_t fence) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadUploadDigest, pg::Params().Uuid(id.value()).Int64(fence)));
  if (rows.empty()) return std::optional<std::string>();
  return std::optional<std::string>(rows.Only().Bytes(0));
}

absl::StatusOr<int64_t> PostgresRequestsStore::ReadUploadEnd(pg::Connection& connection, TaskId id,
                                                             int64_t fence) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadUploadEnd, pg::Params().Uuid(id.value()).Int64(fence)));
  return rows.Only().Int64(0);
}

absl::StatusOr<std::vector<ServedSystem>> PostgresRequestsStore::ReadServed(
    pg::Connection& connection) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadServed, pg::Params()));
  std::vector<ServedSystem> served;
  for (pg::Row row : rows) {
    served.push_back({std::string(row.Text(0)), std::string(row.Text(1)), row.Texts(2),
                      row.Int32s(3), std::string(row.Bytes(4)), row.Time(5), row.Texts(6),
                      row.Int32(7)});
  }
  return served;
}

absl::StatusOr<bool> PostgresRequestsStore::AnyLeasable(pg::Connection& connection,
                                                        std::span<const std::string> systems,
                                                        absl::Time now) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kAnyLeasable, pg::Params().Texts(systems).Time(now)));
  return rows.Only().Bool(0);
}

absl::StatusOr<std::map<std::string, int64_t>> PostgresRequestsStore::CountRecent(
    pg::Connection& connection, std::span<const std::string> systems, absl::Time since) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kCountRecent, pg::Params().Texts(systems).Time(since)));
  std::map<std::string, int64_t> counts;
  for (pg::Row row : rows) counts[std::string(row.Text(0))] = row.Int64(1);
  return counts;
}

absl::StatusOr<std::vector<TaskId>> PostgresRequestsStore::ReadLapsed(pg::Connection& connection,
                                                                      absl::Time now) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadLapsed, pg::Params().Time(now).Int64(kWorkerBatchMax)));
  std::vector<TaskId> ids;
  for (pg::Row row : rows) ids.push_back(TaskId(row.Uuid(0)));
  return ids;
}

absl::StatusOr<std::vector<OutgoingMail>> PostgresRequestsStore::ReadWaitingMails(
    pg::Connection& connection, absl::Time now) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadWaitingMails,
                                                   pg::Params().Time(now).Int64(kWorkerBatchMax)));
  std::vector<OutgoingMail> mails;
  for (pg::Row row : rows) {
    OutgoingMail mail;
    mail.id = row.Uuid(0);
    mail.case_id = CaseId(row.Uuid(1));
    mail.kind = row.Text(2);
    mail.subject = row.Text(3);
    mail.sealed_to = row.Bytes(4);
    mail.sealed_body = row.Bytes(5);
    mail.send_at = row.Time(6);
    mail.attempts = row.Int32(7);
    mail.to_index = row.Bytes(8);
    mail.made_at = row.Time(9);
    mails.push_back(std::move(mail));
  }
  return mails;
}

absl::StatusOr<std::vector<IncomingMail>> PostgresRequestsStore::ReadArrivedMails(
    pg::Connection& connection) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadArrivedMails, pg::Params().Int64(kWorkerBatchMax)));
  std::vector<IncomingMail> mails;
  for (pg::Row row : rows) {
    IncomingMail mail;
    mail.id = row.Uuid(0);
    mail.uid_validity = row.Int64(1);
    mail.uid = row.Int64(2);
    mail.arrived_at = row.Time(3);
    mail.sealed_raw = row.Bytes(4);
    mail.reason = row.Text(5);
    mails.push_back(std::move(mail));
  }
  return mails;
}

absl::StatusOr<int64_t> PostgresRequestsStore::ReadLastUid(pg::Connection& connection,
                                                           int64_t uid_validity) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadLastUid, pg::Params().Int64(uid_validity)));
  return rows.Only().Int64(0);
}

absl::StatusOr<std::optional<CaseId>> PostgresRequestsStore::FindThread(
    pg::Connection& connection, std::span<const std::string> message_id_sha256) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kFindThread, pg::Params().BytesList(message_id_sha256)));
  if (rows.empty()) return std::optional<CaseId>();
  return std::optional<CaseId>(CaseId(rows.Only().Uuid(0)));
}

absl::StatusOr<std::vector<Task>> PostgresRequestsStore::ReadFinishedSince(
    pg::Connection& connection, const std::string& system, absl::Time since) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadFinishedSince, pg::Params().Text(system).Time(since)));
  return TasksFrom(rows);
}

absl::StatusOr<std::vector<Task>> PostgresRequestsStore::ReadRunTasks(pg::Connection& connection,
                                                                      Uuid run,
                                                                      std::span<const Uuid> ids) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadRunTasks, pg::Params().Uuid(run).Uuids(ids)));
  return TasksFrom(rows);
}

absl::StatusOr<int64_t> PostgresRequestsStore::ReadCursor(pg::Connection& connection,
                                                          const std::string& feed) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadCursor, pg::Params().Text(feed)));
  return rows.empty() ? int64_t{0} : rows.Only().Int64(0);
}

absl::StatusOr<std::optional<std::string>> PostgresRequestsStore::ReadPolicy(
    pg::Connection& connection) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadPolicy, pg::Params()));
  if (rows.empty()) return std::optional<std::string>();
  return std::optional<std::string>(rows.Only().Bytes(0));
}

}  // namespace varsam::requests
