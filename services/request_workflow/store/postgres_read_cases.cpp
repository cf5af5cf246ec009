// Reads of cases, packages and breaches for the shells.
#include <charconv>
#include <map>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/request_workflow/store/postgres_requests_store.h"
#include "services/request_workflow/store/postgres_rows.h"

namespace varsam::requests {
namespace {

constexpr pg::Statement kReadCase{
    "requests_read_case", "SELECT " VARSAM_CASE_COLUMNS " FROM request_case WHERE case_id = $1"};
constexpr pg::Statement kReadTasks{
    "requests_read_tasks", "SELECT " VARSAM_TASK_COLUMNS
                           " FROM task WHERE case_id = ANY($1) ORDER BY created_at, task_id"};
constexpr pg::Statement kReadEvents{
    "requests_read_events",
    "SELECT case_id, at, event, state, actor, note FROM case_event WHERE case_id = ANY($1) "
    "ORDER BY seq"};
constexpr pg::Statement kListCases{
    "requests_list_cases",
    "SELECT " VARSAM_CASE_COLUMNS
    " FROM request_case WHERE "
    "(cardinality($1::int[]) = 0 OR state = ANY($1)) AND ($2::uuid IS NULL OR subject_id = $2) "
    "AND ($3::uuid IS NULL OR case_id = $3) "
    "ORDER BY due_date NULLS LAST, case_id LIMIT $4 OFFSET $5"};
constexpr pg::Statement kReadText{"requests_read_text",
                                  "SELECT sealed FROM case_text WHERE case_id = $1 AND name = $2"};
constexpr pg::Statement kFindLinkCase{"requests_find_link_case",
                                      "SELECT case_id FROM case_link WHERE token_sha256 = $1"};
constexpr pg::Statement kReadPackage{"requests_read_package",
                                     "SELECT case_id, package_id, sha256_hex, downloads, "
                                     "expires_at, ready, ticket, next_part, ticket_at FROM package "
                                     "WHERE case_id = $1"};
constexpr pg::Statement kReadPackageChunks{
    "requests_read_package_chunks",
    "SELECT sealed FROM package_chunk WHERE case_id = $1 AND format = $2 AND part >= $3 "
    "ORDER BY part LIMIT $4"};
constexpr pg::Statement kReadBreaches{
    "requests_read_breaches",
    "SELECT breach_id, state, aware_at, notified_at, sealed_text, risk, authority_reference, "
    "version, partial FROM breach WHERE $1::uuid IS NULL OR breach_id = $1 ORDER BY aware_at DESC "
    "LIMIT $2"};
constexpr pg::Statement kReadDueSteps{"requests_read_due_steps",
                                      "SELECT " VARSAM_CASE_COLUMNS
                                      " FROM request_case WHERE step <> 0 AND step_at <= $1 "
                                      "ORDER BY due_date NULLS FIRST, step_at LIMIT $2"};
constexpr pg::Statement kReadSplitDone{
    "requests_read_split_done",
    "SELECT p.case_id FROM request_case p WHERE p.state = 2 AND EXISTS (SELECT 1 FROM request_case "
    "c WHERE c.parent_id = p.case_id) AND NOT EXISTS (SELECT 1 FROM request_case c WHERE "
    "c.parent_id = p.case_id AND c.state NOT IN (15, 16, 17)) LIMIT $1"};
constexpr pg::Statement kReadExpired{
    "requests_read_expired_packages",
    "SELECT case_id, package_id, sha256_hex, downloads, expires_at, ready, ticket, next_part, "
    "ticket_at FROM package WHERE expires_at <= $1 "
    "OR (downloads >= 3 AND (next_part = 0 OR ticket_at <= $3)) LIMIT $2"};

absl::Status Unknown(std::string_view reason) {
  return ErrorWithReason(absl::StatusCode::kNotFound, reason, "there is no such thing");
}

HistoryEntry EventFromRow(const pg::Row& row) {
  HistoryEntry event;
  event.case_id = CaseId(row.Uuid(0));
  event.at = row.Time(1);
  event.event = row.Text(2);
  event.state = static_cast<CaseState>(row.Int32(3) - 1);
  event.actor = row.Text(4);
  event.note = row.Text(5);
  return event;
}

absl::Status FillViews(pg::Connection& connection, std::vector<CaseView>& views) {
  std::map<CaseId, CaseView*> by_id;
  std::vector<Uuid> ids;
  for (CaseView& view : views) {
    by_id[view.file.c.id] = &view;
    ids.push_back(view.file.c.id.value());
  }
  ASSIGN_OR_RETURN(pg::Rows tasks, connection.Query(kReadTasks, pg::Params().Uuids(ids)));
  for (pg::Row row : tasks) {
    Task task = TaskFromRow(row);
    by_id[*task.case_id]->file.tasks.push_back(std::move(task));
  }
  ASSIGN_OR_RETURN(pg::Rows events, connection.Query(kReadEvents, pg::Params().Uuids(ids)));
  for (pg::Row row : events) {
    HistoryEntry event = EventFromRow(row);
    by_id[event.case_id]->events.push_back(std::move(event));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CaseView> PostgresRequestsStore::ReadCase(pg::Connection& connection, CaseId id) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadCase, pg::Params().Uuid(id.value())));
  if (rows.empty()) return Unknown("CASE_UNKNOWN");
  std::vector<CaseView> views(1);
  views[0].file.c = CaseFromRow(rows.Only());
  RETURN_IF_ERROR(FillViews(connection, views));
  return std::move(views[0]);
}

absl::StatusOr<std::vector<CaseView>> PostgresRequestsStore::ReadCases(pg::Connection& connection,
                                                                       const ListFilter& filter,
                                                                       std::string* next_page) {
  int64_t offset = 0;
  const char* const end = filter.after.data() + filter.after.size();
  if (!filter.after.empty()) {
    const auto [stop, error] = std::from_chars(filter.after.data(), end, offset);
    if (error != std::errc() || stop != end || offset < 0) {
      return InvalidField("page_token", "not one of ours");
    }
  }
  std::optional<Uuid> subject, only;
  if (filter.subject) subject = filter.subject->value();
  if (filter.only) only = filter.only->value();
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kListCases, pg::Params()
                                                                   .Int32s(filter.states)
                                                                   .UuidOrNull(subject)
                                                                   .UuidOrNull(only)
                                                                   .Int64(filter.rows_max + 1)
                                                                   .Int64(offset)));
  std::vector<CaseView> views;
  for (pg::Row row : rows) {
    if (views.size() == static_cast<size_t>(filter.rows_max)) {
      *next_page = std::to_string(offset + filter.rows_max);
      break;
    }
    views.emplace_back().file.c = CaseFromRow(row);
  }
  RETURN_IF_ERROR(FillViews(connection, views));
  return views;
}

absl::StatusOr<std::optional<std::string>> PostgresRequestsStore::ReadText(
    pg::Connection& connection, CaseId id, const std::string& name) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadText, pg::Params().Uuid(id.value()).Text(name)));
  if (rows.empty()) return std::optional<std::string>();
  return std::optional<std::string>(rows.Only().Bytes(0));
}

absl::StatusOr<std::optional<CaseId>> PostgresRequestsStore::FindLinkCase(
    pg::Connection& connection, const std::string& token_sha256) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kFindLinkCase, pg::Params().Bytes(token_sha256)));
  if (rows.empty()) return std::optional<CaseId>();
  return std::optional<CaseId>(CaseId(rows.Only().Uuid(0)));
}

absl::StatusOr<std::optional<Package>> PostgresRequestsStore::ReadPackage(
    pg::Connection& connection, CaseId id) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadPackage, pg::Params().Uuid(id.value())));
  if (rows.empty()) return std::optional<Package>();
  return std::optional<Package>(PackageFromRow(rows.Only()));
}

absl::StatusOr<std::vector<std::string>> PostgresRequestsStore::ReadPackageChunks(
    pg::Connection& connection, CaseId id, const std::string& format, int32_t from,
    int32_t parts_max) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadPackageChunks,
                       pg::Params().Uuid(id.value()).Text(format).Int32(from).Int64(parts_max)));
  std::vector<std::string> chunks;
  for (pg::Row row : rows) chunks.emplace_back(row.Bytes(0));
  return chunks;
}

absl::StatusOr<std::vector<Breach>> PostgresRequestsStore::ReadBreaches(
    pg::Connection& connection, std::optional<BreachId> only) {
  std::optional<Uuid> id;
  if (only) id = only->value();
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadBreaches, pg::Params().UuidOrNull(id).Int64(kPageRowsMax)));
  std::vector<Breach> breaches;
  for (pg::Row row : rows) breaches.push_back(BreachFromRow(row));
  if (only && breaches.empty()) return Unknown("BREACH_UNKNOWN");
  return breaches;
}

absl::StatusOr<std::vector<Case>> PostgresRequestsStore::ReadDueSteps(pg::Connection& connection,
                                                                      absl::Time now) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadDueSteps, pg::Params().Time(now).Int64(kWorkerBatchMax)));
  std::vector<Case> cases;
  for (pg::Row row : rows) cases.push_back(CaseFromRow(row));
  return cases;
}

absl::StatusOr<std::vector<CaseId>> PostgresRequestsStore::ReadSplitDone(
    pg::Connection& connection) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadSplitDone, pg::Params().Int64(kWorkerBatchMax)));
  std::vector<CaseId> ids;
  for (pg::Row row : rows) ids.push_back(CaseId(row.Uuid(0)));
  return ids;
}

absl::StatusOr<std::vector<Package>> PostgresRequestsStore::ReadExpiredPackages(
    pg::Connection& connection, absl::Time now) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadExpired,
                       pg::Params().Time(now).Int64(kWorkerBatchMax).Time(now - kDownloadTimeMax)));
  std::vector<Package> packages;
  for (pg::Row row : rows) packages.push_back(PackageFromRow(row));
  return packages;
}

}  // namespace varsam::requests
