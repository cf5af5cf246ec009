// The tables of holds, runs, items and the clocks of the last run.
#include <set>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/retention/store/postgres_retention_store.h"
#include "services/retention/store/postgres_rows.h"

namespace varsam::retention {
namespace {

constexpr pg::Statement kLoadHolds{"retention_load_holds",
                                   "SELECT " VARSAM_HOLD_COLUMNS " FROM hold ORDER BY set_at"};
constexpr pg::Statement kLoadHold{"retention_load_hold",
                                  "SELECT " VARSAM_HOLD_COLUMNS " FROM hold WHERE hold_id = $1"};
constexpr pg::Statement kReadHolds{
    "retention_read_holds",
    "SELECT " VARSAM_HOLD_COLUMNS
    " FROM hold WHERE $1::bool OR released_at IS NULL ORDER BY set_at, hold_id"};
constexpr pg::Statement kCountOpenHolds{"retention_count_open_holds",
                                        "SELECT count(*) FROM hold WHERE released_at IS NULL"};
constexpr pg::Statement kUpsertHold{
    "retention_upsert_hold",
    "INSERT INTO hold (" VARSAM_HOLD_COLUMNS
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
    "$11, $12) ON CONFLICT (hold_id) DO UPDATE SET released_at = excluded.released_at, "
    "release_reason = excluded.release_reason"};
constexpr pg::Statement kDuePeople{
    "retention_due_people",
    "SELECT subject_id, count(*) FROM field WHERE due_on <= $1 AND disposed_at IS NULL AND "
    "item_id IS NULL GROUP BY subject_id"};
constexpr pg::Statement kFirstDue{
    "retention_first_due",
    "SELECT due_on, subject_id FROM field WHERE due_on <= $1 AND disposed_at IS NULL AND "
    "item_id IS NULL AND ($2::text[] = '{}' OR system = ANY($2::text[])) AND "
    "(due_on, subject_id) > ($3::date, $4::uuid) ORDER BY due_on, subject_id LIMIT $5::int8"};
// Large tables as the planner knows them: a plan must not cost more because more is stored.
constexpr pg::Statement kCountPeople{
    "retention_count_people",
    "SELECT CASE WHEN reltuples < 100000 THEN (SELECT count(*) FROM person WHERE merged_into IS "
    "NULL) ELSE reltuples::int8 END FROM pg_class WHERE oid = 'person'::regclass"};
constexpr pg::Statement kLoadAnchor{"retention_load_anchor",
                                    "SELECT wall, monotonic, boot FROM clock_anchor"};
constexpr pg::Statement kSaveAnchor{
    "retention_save_anchor",
    "INSERT INTO clock_anchor (only_row, wall, monotonic, boot) VALUES (true, $1, $2, $3) "
    "ON CONFLICT (only_row) DO UPDATE SET wall = excluded.wall, monotonic = excluded.monotonic, "
    "boot = excluded.boot"};
constexpr pg::Statement kLoadBlocked{
    "retention_load_blocked",
    "SELECT " VARSAM_ITEM_COLUMNS
    " FROM disposal_item WHERE state = 5 AND item_id > $1 ORDER BY item_id LIMIT $2::int8"};
constexpr pg::Statement kHasBlocked{"retention_has_blocked",
                                    "SELECT EXISTS (SELECT 1 FROM disposal_item WHERE state = 5)"};
// The run is compared so that its index is not read for each person: a run may have many items.
constexpr pg::Statement kLoadItemsOfPeople{
    "retention_load_items_of_people",
    "SELECT " VARSAM_ITEM_COLUMNS
    " FROM (SELECT DISTINCT run_id AS run, subject_id AS subject "
    "FROM disposal_item WHERE item_id = ANY($1::uuid[])) AS n JOIN disposal_item ON "
    "subject_id = n.subject AND run_id IS NOT DISTINCT FROM n.run"};
constexpr pg::Statement kLoadRunsOfItems{
    "retention_load_runs_of_items",
    "SELECT " VARSAM_RUN_COLUMNS
    " FROM disposal_run WHERE run_id IN "
    "(SELECT run_id FROM disposal_item WHERE item_id = ANY($1::uuid[]))"};
#define VARSAM_UPSERTED_ITEM                                                                \
  "method, rule, reference, retain_until, state, blocked_by, executed_at, executed_count, " \
  "verification, failure, staged_until"
constexpr pg::Statement kUpsertItems{
    "retention_upsert_items",
    "INSERT INTO disposal_item (item_id, run_id, subject_id, system, record_key, "
    "data_categories, " VARSAM_UPSERTED_ITEM
    ") SELECT item_id, run_id, subject_id, system, record_key, string_to_array(categories, "
    "','), " VARSAM_UPSERTED_ITEM
    " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], "
    "$7::text[], $8::text[], $9::text[], $10::date[], $11::int4[], $12::text[], "
    "$13::timestamptz[], $14::int4[], $15::text[], $16::text[], $17::timestamptz[]) AS n "
    "(item_id, run_id, subject_id, system, record_key, categories, " VARSAM_UPSERTED_ITEM
    ") ON CONFLICT (item_id) DO UPDATE SET "
    "data_categories = excluded.data_categories, retain_until = excluded.retain_until, "
    "state = excluded.state, blocked_by = excluded.blocked_by, "
    "executed_at = excluded.executed_at, executed_count = excluded.executed_count, "
    "verification = excluded.verification, failure = excluded.failure, "
    "staged_until = excluded.staged_until"};
#undef VARSAM_UPSERTED_ITEM
// The people are named twice, so that their index is used however many fields are stored.
constexpr pg::Statement kIssueFields{
    "retention_issue_fields",
    "UPDATE field SET item_id = n.item_id FROM (SELECT item_id, subject_id, system, record_key, "
    "unnest(string_to_array(categories, ',')) AS data_category FROM unnest($1::uuid[], "
    "$2::uuid[], $3::text[], $4::text[], $5::text[]) AS i (item_id, subject_id, system, "
    "record_key, categories)) AS n WHERE field.subject_id = ANY($2) AND "
    "field.subject_id = n.subject_id AND field.system = n.system AND "
    "field.record_key = n.record_key AND "
    "field.data_category = n.data_category"};
constexpr pg::Statement kUpsertRuns{
    "retention_upsert_runs",
    "INSERT INTO disposal_run (run_id, as_of, started_at, finished_at, operator, approvers, "
    "items_total, items_done, items_failed, items_blocked) VALUES ($1, $2, $3, $4, $5, $6, $7, "
    "$8, $9, $10) ON CONFLICT (run_id) DO UPDATE SET finished_at = excluded.finished_at, "
    "items_done = excluded.items_done, items_failed = excluded.items_failed, "
    "items_blocked = excluded.items_blocked"};
constexpr pg::Statement kUnblockRuns{
    "retention_unblock_runs",
    "UPDATE disposal_run SET items_blocked = items_blocked - n.resumed, finished_at = NULL FROM "
    "(SELECT run_id, count(*)::int4 AS resumed FROM unnest($1::uuid[]) AS r (run_id) "
    "GROUP BY run_id) AS n WHERE disposal_run.run_id = n.run_id"};
constexpr pg::Statement kReadRun{
    "retention_read_run", "SELECT " VARSAM_RUN_COLUMNS " FROM disposal_run WHERE run_id = $1"};
constexpr pg::Statement kLoadBlockedOfRun{"retention_load_blocked_of_run",
                                          "SELECT " VARSAM_ITEM_COLUMNS
                                          " FROM disposal_item WHERE run_id = $1 AND state = 5"};
constexpr pg::Statement kReadItemsOfRun{
    "retention_read_items_of_run",
    "SELECT " VARSAM_ITEM_COLUMNS
    " FROM disposal_item WHERE run_id = $1 AND item_id > $2 ORDER BY item_id LIMIT $3::int8"};
constexpr pg::Statement kReadItemsOfPerson{
    "retention_read_items_of_person",
    "SELECT " VARSAM_ITEM_COLUMNS
    " FROM disposal_item WHERE subject_id = $1 AND item_id > $2 ORDER BY item_id LIMIT $3::int8"};

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    if (!joined.empty()) joined += ',';
    joined += text;
  }
  return joined;
}

const auto kValue = [](const auto& id) { return id.value(); };

}  // namespace

absl::StatusOr<std::vector<Hold>> PostgresRetentionStore::LoadHolds(pg::Tx& tx) {
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kLoadHolds, pg::Params()));
  std::vector<Hold> holds;
  for (pg::Row row : rows) holds.push_back(HoldIn(row));
  return holds;
}

absl::StatusOr<PlaceHoldFacts> PostgresRetentionStore::LoadFacts(pg::Tx& tx, const PlaceHold&) {
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kCountOpenHolds, pg::Params()));
  return PlaceHoldFacts{rows.Only().Int64(0)};
}

absl::StatusOr<ReleaseHoldFacts> PostgresRetentionStore::LoadFacts(pg::Tx& tx,
                                                                   const ReleaseHold& ask) {
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kLoadHold, pg::Params().Uuid(ask.hold.value())));
  ReleaseHoldFacts facts;
  if (!rows.empty()) facts.hold = HoldIn(rows.Only());
  return facts;
}

void PostgresRetentionStore::Save(pg::Tx& tx, const Hold& hold) {
  const HoldScope& scope = hold.scope;
  tx.Enqueue(kUpsertHold, pg::Params()
                              .Uuid(hold.id.value())
                              .Text(hold.matter)
                              .Text(hold.owner)
                              .Text(hold.reason)
                              .Uuids(scope.subjects, kValue)
                              .Texts(scope.subject_categories)
                              .Texts(scope.systems)
                              .Texts(scope.data_categories)
                              .Time(hold.set_at)
                              .Day(ToCivil(hold.review_by))
                              .TimeOrNull(hold.released_at)
                              .Text(hold.release_reason));
}

absl::StatusOr<std::vector<SubjectId>> PostgresRetentionStore::LoadDuePeople(
    pg::Tx& tx, calendar::LocalDay today, const DueRange& range, RunDisposalFacts& facts) {
  std::vector<SubjectId> subjects;
  if (range.fields_max > 0) {
    const DuePosition after = range.after.value_or(DuePosition{});
    ASSIGN_OR_RETURN(pg::Rows due, tx.Query(kFirstDue, pg::Params()
                                                           .Day(ToCivil(today))
                                                           .Texts(range.systems)
                                                           .Day(ToCivil(after.day))
                                                           .Uuid(after.subject.value())
                                                           .Int64(range.fields_max)));
    for (pg::Row row : due) {
      facts.next_after = DuePosition{FromCivil(row.Day(0)), SubjectId(row.Uuid(1))};
      if (subjects.empty() || subjects.back() != facts.next_after->subject) {
        subjects.push_back(facts.next_after->subject);
      }
    }
    if (due.size() < range.fields_max) facts.next_after.reset();
    return subjects;
  }
  ASSIGN_OR_RETURN(pg::Rows due, tx.Query(kDuePeople, pg::Params().Day(ToCivil(today))));
  int64_t fields = 0;
  for (pg::Row row : due) {
    subjects.emplace_back(row.Uuid(0));
    fields += row.Int64(1);
  }
  if (fields > kPlanFieldsMax) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "PLAN_TOO_LARGE",
                           "more fields are due than a plan holds, want at most 200000");
  }
  return subjects;
}

absl::StatusOr<RunDisposalFacts> PostgresRetentionStore::LoadDue(pg::Tx& tx,
                                                                 calendar::LocalDay today,
                                                                 const DueRange& range) {
  RunDisposalFacts facts;
  ASSIGN_OR_RETURN(facts.catalogue, LoadCatalogue(tx));
  const pg::Tx::Ticket anchor = tx.Enqueue(kLoadAnchor, pg::Params());
  const pg::Tx::Ticket total = tx.Enqueue(kCountPeople, pg::Params());
  ASSIGN_OR_RETURN(const std::vector<SubjectId> subjects, LoadDuePeople(tx, today, range, facts));
  facts.people_total = static_cast<uint64_t>(tx.Take(total).Only().Int64(0));
  const pg::Rows anchors = tx.Take(anchor);
  if (!anchors.empty()) {
    facts.last_clocks = ClockAnchor{anchors[0].Time(0), absl::Microseconds(anchors[0].Int64(1)),
                                    std::string(anchors[0].Text(2))};
  }
  ASSIGN_OR_RETURN(facts.holds, LoadHolds(tx));
  ASSIGN_OR_RETURN(facts.heard, LoadHeard(tx));
  if (!subjects.empty()) {
    ASSIGN_OR_RETURN(facts.candidates, LoadRecords(tx, subjects));
  }
  return facts;
}

absl::StatusOr<ResumeDisposals> PostgresRetentionStore::LoadBlocked(pg::Tx& tx,
                                                                    const ItemId& after) {
  ResumeDisposals facts;
  ASSIGN_OR_RETURN(pg::Rows rows,
                   tx.Query(kLoadBlocked, pg::Params().Uuid(after.value()).Int64(kResumeItemsMax)));
  std::set<SubjectId> subjects;
  for (pg::Row row : rows) {
    facts.blocked.push_back(ItemIn(row));
    subjects.insert(facts.blocked.back().subject);
  }
  ASSIGN_OR_RETURN(facts.facts.catalogue, LoadCatalogue(tx));
  ASSIGN_OR_RETURN(facts.facts.holds, LoadHolds(tx));
  ASSIGN_OR_RETURN(facts.facts.heard, LoadHeard(tx));
  ASSIGN_OR_RETURN(facts.facts.candidates,
                   LoadRecords(tx, std::vector<SubjectId>(subjects.begin(), subjects.end())));
  return facts;
}

absl::StatusOr<CancelDisposalRunFacts> PostgresRetentionStore::LoadFacts(
    pg::Tx& tx, const CancelDisposalRun& ask) {
  CancelDisposalRunFacts facts;
  const pg::Params run = pg::Params().Uuid(ask.run.value());
  const pg::Tx::Ticket ticket = tx.Enqueue(kReadRun, run);
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kLoadBlockedOfRun, run));
  const pg::Rows runs = tx.Take(ticket);
  if (!runs.empty()) facts.run = RunIn(runs.Only());
  for (pg::Row row : rows) facts.blocked.push_back(ItemIn(row));
  return facts;
}

void PostgresRetentionStore::Save(pg::Tx& tx, const CancelDisposalRunOutcome& outcome) {
  SaveRuns(tx, std::span(&outcome.run, 1));
  SaveItems(tx, outcome.items);
}

void PostgresRetentionStore::SaveRuns(pg::Tx& tx, std::span<const DisposalRun> runs) {
  for (const DisposalRun& run : runs) {
    tx.Enqueue(kUpsertRuns, pg::Params()
                                .Uuid(run.id.value())
                                .Time(run.as_of)
                                .Time(run.started_at)
                                .TimeOrNull(run.finished_at)
                                .Text(run.operator_name)
                                .Texts(run.approvers)
                                .Int32(static_cast<int32_t>(run.items_total))
                                .Int32(static_cast<int32_t>(run.items_done))
                                .Int32(static_cast<int32_t>(run.items_failed))
                                .Int32(static_cast<int32_t>(run.items_blocked)));
  }
}

void PostgresRetentionStore::SaveItems(pg::Tx& tx, std::span<const DisposalItem> items) {
  if (items.empty()) return;
  using I = const DisposalItem&;
  tx.Enqueue(kUpsertItems,
             pg::Params()
                 .Uuids(items, [](I i) { return i.id.value(); })
                 .Uuids(items, [](I i) { return i.run.value(); })
                 .Uuids(items, [](I i) { return i.subject.value(); })
                 .Texts(items, [](I i) { return i.system; })
                 .Texts(items, [](I i) { return i.record_key; })
                 .Texts(items, [](I i) { return Joined(i.data_categories); })
                 .Texts(items, [](I i) { return i.method; })
                 .Texts(items, [](I i) { return i.rule; })
                 .Texts(items, [](I i) { return i.reference; })
                 .Days(items, [](I i) { return ToCivil(i.retain_until); })
                 .Int32s(items, [](I i) { return static_cast<int32_t>(i.state); })
                 .Texts(items, [](I i) { return i.blocked_by; })
                 .Times(items, [](I i) { return i.executed_at; })
                 .Int32s(items, [](I i) { return static_cast<int32_t>(i.executed_count); })
                 .Texts(items, [](I i) { return i.verification; })
                 .Texts(items, [](I i) { return i.failure; })
                 .Times(items, [](I i) { return i.staged_until; }));
  std::vector<const DisposalItem*> issued;
  for (const DisposalItem& item : items) {
    if (item.state == DisposalState::kIssued) issued.push_back(&item);
  }
  if (issued.empty()) return;
  using P = const DisposalItem*;
  tx.Enqueue(kIssueFields, pg::Params()
                               .Uuids(issued, [](P i) { return i->id.value(); })
                               .Uuids(issued, [](P i) { return i->subject.value(); })
                               .Texts(issued, [](P i) { return i->system; })
                               .Texts(issued, [](P i) { return i->record_key; })
                               .Texts(issued, [](P i) { return Joined(i->data_categories); }));
}

void PostgresRetentionStore::Save(pg::Tx& tx, const RunDisposalOutcome& outcome) {
  SaveRuns(tx, std::span(&outcome.run, 1));
  SaveItems(tx, outcome.items);
  if (outcome.clocks) {
    tx.Enqueue(kSaveAnchor, pg::Params()
                                .Time(outcome.clocks->wall)
                                .Int64(absl::ToInt64Microseconds(outcome.clocks->monotonic))
                                .Text(outcome.clocks->boot));
  }
}

void PostgresRetentionStore::Save(pg::Tx& tx, std::span<const ResumedItem> items) {
  if (items.empty()) return;
  std::vector<DisposalItem> plain;
  std::vector<Uuid> runs;  // once for each item that is no longer blocked
  for (const ResumedItem& one : items) {
    plain.push_back(one.item);
    if (one.item.state == DisposalState::kIssued) runs.push_back(one.item.run.value());
  }
  SaveItems(tx, plain);
  if (!runs.empty()) tx.Enqueue(kUnblockRuns, pg::Params().Uuids(runs));
}

absl::StatusOr<ApplyFeedFacts> PostgresRetentionStore::LoadFacts(pg::Tx& tx, const ApplyFeed& ask) {
  static constexpr pg::Statement kLoadCursor{"retention_load_cursor",
                                             "SELECT next_index FROM feed_cursor WHERE feed = $1"};
  ApplyFeedFacts facts;
  const std::vector<ItemId> named = ItemsOf(ask);
  const pg::Params ids = pg::Params().Uuids(named, kValue);
  const pg::Tx::Ticket cursor = tx.Enqueue(kLoadCursor, pg::Params().Text(ask.feed));
  const pg::Tx::Ticket runs = tx.Enqueue(kLoadRunsOfItems, ids);
  ASSIGN_OR_RETURN(pg::Rows items, tx.Query(kLoadItemsOfPeople, ids));
  const pg::Rows cursor_rows = tx.Take(cursor);
  if (!cursor_rows.empty()) facts.cursor = static_cast<uint64_t>(cursor_rows[0].Int64(0));
  const pg::Rows run_rows = tx.Take(runs);
  for (pg::Row row : run_rows) facts.runs.push_back(RunIn(row));
  const std::vector<SubjectId> subjects = SubjectsOf(ask);
  std::set<SubjectId> wanted(subjects.begin(), subjects.end());
  for (pg::Row row : items) {
    facts.items.push_back(ItemIn(row));
    wanted.insert(facts.items.back().subject);
  }
  ASSIGN_OR_RETURN(facts.policies, LoadPolicies(tx));
  ASSIGN_OR_RETURN(facts.holds, LoadHolds(tx));
  ASSIGN_OR_RETURN(facts.heard, LoadHeard(tx));
  ASSIGN_OR_RETURN(facts.people, LoadPeople(tx, {wanted.begin(), wanted.end()}));
  return facts;
}

absl::StatusOr<std::vector<Hold>> PostgresRetentionStore::ReadHolds(pg::Connection& connection,
                                                                    bool include_released) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadHolds, pg::Params().Bool(include_released)));
  std::vector<Hold> holds;
  for (pg::Row row : rows) holds.push_back(HoldIn(row));
  return holds;
}

absl::StatusOr<std::optional<DisposalRun>> PostgresRetentionStore::ReadRun(
    pg::Connection& connection, const RunId& id) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadRun, pg::Params().Uuid(id.value())));
  if (rows.empty()) return std::optional<DisposalRun>();
  return std::optional(RunIn(rows.Only()));
}

absl::StatusOr<std::vector<DisposalItem>> PostgresRetentionStore::ReadItems(
    pg::Connection& connection, const std::optional<RunId>& run,
    const std::optional<SubjectId>& subject, const Uuid& after, int rows_max) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(
          run ? kReadItemsOfRun : kReadItemsOfPerson,
          pg::Params().Uuid(run ? run->value() : subject->value()).Uuid(after).Int64(rows_max)));
  std::vector<DisposalItem> items;
  for (pg::Row row : rows) items.push_back(ItemIn(row));
  return items;
}

absl::StatusOr<bool> PostgresRetentionStore::HasBlocked(pg::Connection& connection) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kHasBlocked, pg::Params()));
  return rows.Only().Bool(0);
}

}  // namespace varsam::retention
