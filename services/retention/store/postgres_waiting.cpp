// The tables of systems heard of, and of people who wait to be forgotten.
#include "libs/base/status_macros.h"
#include "services/retention/store/postgres_retention_store.h"
#include "services/retention/store/postgres_rows.h"

namespace varsam::retention {
namespace {

constexpr pg::Statement kLoadHeard{"retention_load_heard",
                                   "SELECT system, heard_at FROM heard_system"};
constexpr pg::Statement kSaveHeard{
    "retention_save_heard",
    // Not a new row version for each page of an inventory.
    "INSERT INTO heard_system (system, heard_at) SELECT system, heard_at FROM "
    "unnest($1::text[], $2::timestamptz[]) AS n (system, heard_at) ON CONFLICT (system) DO UPDATE "
    "SET heard_at = excluded.heard_at "
    "WHERE heard_system.heard_at < excluded.heard_at - interval '1 hour'"};
constexpr pg::Statement kLoadWaiting{
    "retention_load_waiting",
    "SELECT subject_id, run_id FROM waiting_person WHERE subject_id > $1 ORDER BY subject_id "
    "LIMIT $2::int8"};
constexpr pg::Statement kLoadItemsOfWaiting{
    "retention_load_items_of_waiting",
    "SELECT " VARSAM_ITEM_COLUMNS
    " FROM unnest($1::uuid[], $2::uuid[]) AS n (run, subject) "
    "JOIN disposal_item ON subject_id = n.subject AND run_id IS NOT DISTINCT FROM n.run"};
constexpr pg::Statement kLoadRuns{"retention_load_runs",
                                  "SELECT " VARSAM_RUN_COLUMNS
                                  " FROM disposal_run WHERE run_id = ANY($1::uuid[])"};
constexpr pg::Statement kUpsertWaiting{
    "retention_upsert_waiting",
    "INSERT INTO waiting_person (subject_id, run_id) SELECT subject_id, run_id FROM "
    "unnest($1::uuid[], $2::uuid[]) AS n (subject_id, run_id) "
    "ON CONFLICT (subject_id) DO UPDATE SET run_id = excluded.run_id"};
constexpr pg::Statement kDeleteWaiting{
    "retention_delete_waiting", "DELETE FROM waiting_person WHERE subject_id = ANY($1::uuid[])"};
constexpr pg::Statement kReadWaitingStamp{
    "retention_read_waiting_stamp",
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM waiting_person) THEN concat_ws('/', "
    "(SELECT count(*) FROM heard_system), (SELECT count(*) FROM hold WHERE released_at IS NULL), "
    "(SELECT max(released_at) FROM hold), (SELECT max(seq) FROM policy_version)) ELSE '' END"};

const auto kValue = [](const auto& id) { return id.value(); };

}  // namespace

absl::StatusOr<HeardAt> PostgresRetentionStore::LoadHeard(pg::Tx& tx) {
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kLoadHeard, pg::Params()));
  HeardAt heard;
  for (pg::Row row : rows) heard.emplace(row.Text(0), row.Time(1));
  return heard;
}

void PostgresRetentionStore::SaveHeard(pg::Tx& tx, const HeardAt& heard) {
  if (heard.empty()) return;
  using H = const HeardAt::value_type&;
  tx.Enqueue(kSaveHeard,
             pg::Params().Texts(heard, [](H one) { return one.first; }).Times(heard, [](H one) {
               return one.second;
             }));
}

absl::StatusOr<SettlePeopleFacts> PostgresRetentionStore::LoadWaiting(pg::Tx& tx,
                                                                      const SubjectId& after) {
  SettlePeopleFacts facts;
  ASSIGN_OR_RETURN(facts.catalogue, LoadCatalogue(tx));
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      tx.Query(kLoadWaiting, pg::Params().Uuid(after.value()).Int64(kSettlePeopleMax)));
  std::vector<SubjectId> subjects;
  std::vector<RunId> runs;
  for (pg::Row row : rows) {
    facts.waiting.push_back({SubjectId(row.Uuid(0)), RunId(row.Uuid(1))});
    subjects.push_back(facts.waiting.back().subject);
    runs.push_back(facts.waiting.back().run);
  }
  if (subjects.empty()) return facts;
  const pg::Tx::Ticket items =
      tx.Enqueue(kLoadItemsOfWaiting, pg::Params().Uuids(runs, kValue).Uuids(subjects, kValue));
  const pg::Tx::Ticket run_ticket = tx.Enqueue(kLoadRuns, pg::Params().Uuids(runs, kValue));
  ASSIGN_OR_RETURN(facts.holds, LoadHolds(tx));
  const pg::Rows item_rows = tx.Take(items);
  for (pg::Row row : item_rows) facts.items.push_back(ItemIn(row));
  const pg::Rows run_rows = tx.Take(run_ticket);
  for (pg::Row row : run_rows) facts.runs.push_back(RunIn(row));
  ASSIGN_OR_RETURN(facts.heard, LoadHeard(tx));
  ASSIGN_OR_RETURN(facts.people, LoadRecords(tx, subjects));
  return facts;
}

void PostgresRetentionStore::SaveWaiting(pg::Tx& tx, const std::vector<WaitingPerson>& waiting,
                                         const std::vector<SubjectId>& settled) {
  using W = const WaitingPerson&;
  if (!waiting.empty()) {
    tx.Enqueue(kUpsertWaiting, pg::Params()
                                   .Uuids(waiting, [](W one) { return one.subject.value(); })
                                   .Uuids(waiting, [](W one) { return one.run.value(); }));
  }
  if (!settled.empty()) tx.Enqueue(kDeleteWaiting, pg::Params().Uuids(settled, kValue));
}

void PostgresRetentionStore::Save(pg::Tx& tx, const SettlePeopleOutcome& outcome,
                                  std::span<const StoredCertificate> certificates) {
  SaveCertificates(tx, certificates);
  SaveWaiting(tx, {}, outcome.settled);
}

absl::StatusOr<std::string> PostgresRetentionStore::ReadWaitingStamp(pg::Connection& connection) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadWaitingStamp, pg::Params()));
  return std::string(rows.Only().Text(0));
}

}  // namespace varsam::retention
