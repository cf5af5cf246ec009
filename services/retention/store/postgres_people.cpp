// The tables of the rules, of people and of their fields.
#include <algorithm>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/retention/store/detail_json.h"
#include "services/retention/store/postgres_retention_store.h"
#include "services/retention/store/postgres_rows.h"

namespace varsam::retention {
namespace {

constexpr pg::Statement kLoadPolicies{
    "retention_load_policies",
    "SELECT seq, version, effective_at, model FROM policy_version WHERE seq > $1 ORDER BY seq"};
// People merged into others lead on to them.
#define VARSAM_WANTED_PEOPLE                                          \
  "WITH wanted AS (SELECT unnest($1::uuid[]) AS subject_id UNION "    \
  "SELECT merged_into FROM person WHERE subject_id = ANY($1::uuid[]) " \
  "AND merged_into IS NOT NULL) "
constexpr pg::Statement kLoadPeople{
    "retention_load_people", VARSAM_WANTED_PEOPLE
    "SELECT p.subject_id, p.detail, p.limits, p.merged_into FROM wanted "
    "JOIN person p USING (subject_id)"};
constexpr pg::Statement kLoadFields{
    "retention_load_fields", VARSAM_WANTED_PEOPLE
    "SELECT " VARSAM_FIELD_COLUMNS " FROM wanted JOIN field f USING (subject_id) "
    "ORDER BY f.subject_id, f.system, f.record_key, f.data_category"};
#undef VARSAM_WANTED_PEOPLE
constexpr pg::Statement kOutdatedPeople{
    "retention_outdated_people",
    "SELECT DISTINCT subject_id FROM (SELECT subject_id FROM field WHERE generation < $1 AND "
    "disposed_at IS NULL ORDER BY generation LIMIT $2::int8) AS first"};
constexpr pg::Statement kHasOutdated{
    "retention_has_outdated",
    "SELECT EXISTS (SELECT 1 FROM field WHERE generation < $1 AND disposed_at IS NULL)"};
constexpr pg::Statement kUpsertPeople{
    "retention_upsert_people",
    "INSERT INTO person (subject_id, detail, limits, merged_into) SELECT subject_id, detail, "
    "limits, merged_into FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) "
    "AS n (subject_id, detail, limits, merged_into) ON CONFLICT (subject_id) DO UPDATE "
    "SET detail = excluded.detail, limits = excluded.limits, merged_into = excluded.merged_into"};
constexpr pg::Statement kDeleteMerged{"retention_delete_merged",
                                      "DELETE FROM field WHERE subject_id = ANY($1)"};
constexpr pg::Statement kUpsertFields{
    "retention_upsert_fields",
    "INSERT INTO field (subject_id, system, record_key, data_category, detail, observed_at, "
    "disposed_at, generation, status, may_until, must_until, retain_until, due_on, item_id) "
    "SELECT subject_id, system, record_key, data_category, detail, observed_at, disposed_at, "
    "generation, status, may_until, must_until, retain_until, due_on, item_id FROM "
    "unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], "
    "$7::timestamptz[], $8::int8[], $9::int4[], $10::date[], $11::date[], $12::date[], "
    "$13::date[], $14::uuid[]) AS n (subject_id, system, record_key, data_category, detail, "
    "observed_at, disposed_at, generation, status, may_until, must_until, retain_until, due_on, "
    "item_id) ON CONFLICT (subject_id, system, record_key, data_category) DO UPDATE SET "
    "detail = excluded.detail, observed_at = excluded.observed_at, "
    "disposed_at = excluded.disposed_at, generation = excluded.generation, "
    "status = excluded.status, may_until = excluded.may_until, must_until = excluded.must_until, "
    "retain_until = excluded.retain_until, due_on = excluded.due_on, item_id = excluded.item_id"};

template <typename Id>
std::optional<Uuid> OptionalUuid(const std::optional<Id>& id) {
  if (!id) return std::nullopt;
  return id->value();
}

constexpr int kOutdatedFieldsMax = kRecomputePeopleMax * 8;

}  // namespace

absl::StatusOr<std::vector<PolicyVersion>> PostgresRetentionStore::LoadPolicies(pg::Tx& tx) {
  std::vector<PolicyVersion> known;
  {
    std::lock_guard lock(mutex_);
    known = policies_;
  }
  const int64_t after = known.empty() ? 0 : known.back().seq;
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kLoadPolicies, pg::Params().Int64(after)));
  if (rows.empty()) return known;
  for (pg::Row row : rows) {
    ASSIGN_OR_RETURN(RetentionModel model, read_model_(row.Bytes(3)));
    known.push_back({row.Int64(0), std::string(row.Text(1)), row.Time(2),
                     std::make_shared<const RetentionModel>(std::move(model))});
  }
  std::lock_guard lock(mutex_);
  if (policies_.size() < known.size()) {
    policies_ = known;
    compiled_ = std::make_shared<const Catalogue>(CompileCatalogue(known));
  }
  return known;
}

absl::StatusOr<std::shared_ptr<const Catalogue>> PostgresRetentionStore::LoadCatalogue(
    pg::Tx& tx) {
  RETURN_IF_ERROR(LoadPolicies(tx).status());
  std::lock_guard lock(mutex_);
  return compiled_;
}

absl::StatusOr<std::vector<PersonRecords>> PostgresRetentionStore::LoadRecords(
    pg::Tx& tx, const std::vector<SubjectId>& subjects) {
  const pg::Params ids =
      pg::Params().Uuids(subjects, [](const SubjectId& id) -> const Uuid& { return id.value(); });
  const pg::Tx::Ticket people_ticket = tx.Enqueue(kLoadPeople, ids);
  ASSIGN_OR_RETURN(pg::Rows field_rows, tx.Query(kLoadFields, ids));
  std::map<SubjectId, PersonRecords> people;
  for (const SubjectId& id : subjects) people[id].person.id = id;
  const pg::Rows people_rows = tx.Take(people_ticket);
  for (pg::Row row : people_rows) {
    Person& person = people[SubjectId(row.Uuid(0))].person;
    person.id = SubjectId(row.Uuid(0));
    RETURN_IF_ERROR(ReadDetail(row.Text(1), person));
    person.limits = row.Text(2);
    if (auto merged = row.OptionalUuid(3)) person.merged_into = SubjectId(*merged);
  }
  for (pg::Row row : field_rows) {
    ASSIGN_OR_RETURN(Field field, FieldIn(row));
    PersonRecords& records = people[field.key.subject];
    records.person.id = field.key.subject;
    records.fields.push_back(std::move(field));
  }
  std::vector<PersonRecords> all;
  for (auto& [id, records] : people) all.push_back(std::move(records));
  return all;
}

absl::StatusOr<PeopleFacts> PostgresRetentionStore::LoadPeople(
    pg::Tx& tx, const std::vector<SubjectId>& subjects) {
  PeopleFacts facts;
  ASSIGN_OR_RETURN(facts.catalogue, LoadCatalogue(tx));
  ASSIGN_OR_RETURN(std::vector<PersonRecords> people, LoadRecords(tx, subjects));
  for (PersonRecords& one : people) {
    const SubjectId id = one.person.id;
    facts.people.emplace(id, std::move(one));
  }
  return facts;
}

absl::StatusOr<GrantErasureFacts> PostgresRetentionStore::LoadFacts(pg::Tx& tx,
                                                                    const GrantErasure& ask) {
  GrantErasureFacts facts;
  ASSIGN_OR_RETURN(facts.people, LoadPeople(tx, {ask.subject}));
  ASSIGN_OR_RETURN(facts.holds, LoadHolds(tx));
  return facts;
}

absl::StatusOr<RecomputeFacts> PostgresRetentionStore::LoadOutdated(pg::Tx& tx, absl::Time now) {
  RecomputeFacts facts;
  ASSIGN_OR_RETURN(facts.people.catalogue, LoadCatalogue(tx));
  if (facts.people.catalogue == nullptr) return facts;
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kOutdatedPeople,
                                           pg::Params()
                                               .Int64(facts.people.catalogue->GenerationAt(now))
                                               .Int64(kOutdatedFieldsMax)));
  std::vector<SubjectId> subjects;
  for (pg::Row row : rows) subjects.emplace_back(row.Uuid(0));
  if (subjects.empty()) return facts;
  ASSIGN_OR_RETURN(facts.people, LoadPeople(tx, subjects));
  return facts;
}

absl::StatusOr<bool> PostgresRetentionStore::HasOutdated(pg::Connection& connection,
                                                         absl::Time now) {
  std::shared_ptr<const Catalogue> catalogue;
  {
    pg::Tx tx(connection, pg::TxKind::kSnapshot);
    ASSIGN_OR_RETURN(catalogue, LoadCatalogue(tx));
    RETURN_IF_ERROR(tx.Commit());
  }
  if (catalogue == nullptr) return false;
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kHasOutdated, pg::Params().Int64(catalogue->GenerationAt(now))));
  return rows.Only().Bool(0);
}

void PostgresRetentionStore::Save(pg::Tx& tx, std::span<const PersonRecords> people) {
  if (people.empty()) return;
  std::vector<Uuid> emptied;
  for (const PersonRecords& one : people) {
    if (one.person.merged_into) emptied.push_back(one.person.id.value());
  }
  if (!emptied.empty()) tx.Enqueue(kDeleteMerged, pg::Params().Uuids(emptied));
  tx.Enqueue(kUpsertPeople,
             pg::Params()
                 .Uuids(people, [](const PersonRecords& one) { return one.person.id.value(); })
                 .Texts(people, [](const PersonRecords& one) { return DetailOf(one.person); })
                 .Texts(people, [](const PersonRecords& one) { return one.person.limits; })
                 .Uuids(people, [](const PersonRecords& one) {
                   return OptionalUuid(one.person.merged_into);
                 }));
  SaveFields(tx, people);
}

void PostgresRetentionStore::SaveFields(pg::Tx& tx, std::span<const PersonRecords> people) {
  std::vector<const Field*> fields;
  for (const PersonRecords& one : people) {
    for (const Field& field : one.fields) fields.push_back(&field);
  }
  if (fields.empty()) return;
  using F = const Field*;
  tx.Enqueue(
      kUpsertFields,
      pg::Params()
          .Uuids(fields, [](F f) { return f->key.subject.value(); })
          .Texts(fields, [](F f) { return f->key.system; })
          .Texts(fields, [](F f) { return f->key.record_key; })
          .Texts(fields, [](F f) { return f->key.category; })
          .Texts(fields, [](F f) { return DetailOf(*f); })
          .Times(fields, [](F f) { return f->observed_at; })
          .Times(fields, [](F f) { return f->disposed_at; })
          .Int64s(fields, [](F f) { return f->standing.generation; })
          .Int32s(fields, [](F f) { return static_cast<int32_t>(f->standing.status); })
          .Days(fields, [](F f) { return ToCivil(f->standing.may_until); })
          .Days(fields, [](F f) { return ToCivil(f->standing.must_until); })
          .Days(fields, [](F f) { return ToCivil(f->standing.retain_until); })
          .Days(fields, [](F f) { return ToCivil(f->standing.due_on); })
          .Uuids(fields, [](F f) { return OptionalUuid(f->item); }));
}

}  // namespace varsam::retention
