// The tables about who was told of a person (disclosure, Art. 19) and who looked (access_log).
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "libs/calendar/stockholm.h"
#include "services/subject_registry/store/postgres_registry_store.h"

namespace varsam::registry {
namespace {

constexpr pg::Statement kInsertDisclosures{
    "registry_insert_disclosures",
    "INSERT INTO disclosure (disclosure_id, subject_id, recipient, recipient_kind, "
    "data_categories, purpose, disclosed_at) SELECT id, subject_id, recipient, kind, "
    "string_to_array(categories, ','), purpose, at FROM unnest($1::uuid[], $2::uuid[], "
    "$3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[]) "
    "AS n (id, subject_id, recipient, kind, categories, purpose, at)"};
constexpr pg::Statement kInsertAccesses{
    "registry_insert_accesses",
    "INSERT INTO access_log (access_id, subject_id, at, operation, purpose, actor) "
    "SELECT id, subject_id, at, operation, purpose, actor FROM unnest($1::uuid[], $2::uuid[], "
    "$3::timestamptz[], $4::text[], $5::text[], $6::text[]) "
    "AS n (id, subject_id, at, operation, purpose, actor)"};
constexpr pg::Statement kReadDisclosures{
    "registry_read_disclosures",
    "SELECT disclosure_id, subject_id, recipient, recipient_kind, data_categories, purpose, "
    "disclosed_at FROM disclosure WHERE subject_id = $1 AND disclosure_id > $2 "
    "ORDER BY disclosure_id LIMIT $3"};
constexpr pg::Statement kReadAccesses{
    "registry_read_accesses",
    "SELECT access_id, subject_id, at, operation, purpose, actor FROM access_log "
    "WHERE subject_id = $1 AND access_id > $2 ORDER BY access_id LIMIT $3"};
constexpr int kForgetAccessesMax = 10'000;
constexpr pg::Statement kForgetAccesses{
    "registry_forget_accesses",
    "DELETE FROM access_log WHERE access_id IN "
    "(SELECT access_id FROM access_log WHERE at < $1 ORDER BY at LIMIT $2::int8)"};

}  // namespace

void PostgresRegistryStore::Save(pg::Tx& tx, std::span<const Disclosure* const> disclosures) {
  using One = const Disclosure*;
  tx.Enqueue(kInsertDisclosures,
             pg::Params()
                 .Uuids(disclosures, [](One d) { return d->id.value(); })
                 .Uuids(disclosures, [](One d) { return d->subject.value(); })
                 .Texts(disclosures, [](One d) -> std::string_view { return d->recipient; })
                 .Texts(disclosures, [](One d) -> std::string_view { return d->recipient_kind; })
                 .Texts(disclosures, [](One d) { return absl::StrJoin(d->data_categories, ","); })
                 .Texts(disclosures, [](One d) -> std::string_view { return d->purpose; })
                 .Times(disclosures, [](One d) { return d->at; }));
}

void PostgresRegistryStore::Save(pg::Tx& tx, std::span<const Access* const> accesses) {
  using One = const Access*;
  tx.Enqueue(kInsertAccesses,
             pg::Params()
                 .Uuids(accesses, [](One a) { return a->id; })
                 .Uuids(accesses, [](One a) { return a->subject.value(); })
                 .Times(accesses, [](One a) { return a->at; })
                 .Texts(accesses, [](One a) -> std::string_view { return a->operation; })
                 .Texts(accesses, [](One a) -> std::string_view { return a->purpose; })
                 .Texts(accesses, [](One a) -> std::string_view { return a->actor; }));
}

absl::StatusOr<std::vector<Disclosure>> PostgresRegistryStore::ReadDisclosures(
    pg::Connection& connection, const SubjectId& subject, const Uuid& after, int rows_max) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadDisclosures,
                       pg::Params().Uuid(subject.value()).Uuid(after).Int64(rows_max)));
  std::vector<Disclosure> all;
  for (pg::Row row : rows) {
    all.push_back({DisclosureId(row.Uuid(0)), SubjectId(row.Uuid(1)), std::string(row.Text(2)),
                   std::string(row.Text(3)), row.Texts(4), std::string(row.Text(5)), row.Time(6)});
  }
  return all;
}

absl::StatusOr<bool> PostgresRegistryStore::ForgetAccesses(pg::Connection& connection,
                                                           absl::Time now) {
  ASSIGN_OR_RETURN(const std::optional<PolicyText> policy, ReadPolicy(connection, ""));
  if (!policy) return false;
  for (const RetentionRule& rule : policy->model->retention_rules) {
    if (rule.id.value() != "access_log" || !rule.keep) continue;
    // The last lawful day is included.
    const calendar::LocalDay last = calendar::SubtractPeriod(calendar::LocalDayOf(now), *rule.keep);
    ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Query(kForgetAccesses,
                         pg::Params().Time(calendar::StartOfDay(last)).Int64(kForgetAccessesMax)));
    return rows.affected() == static_cast<uint64_t>(kForgetAccessesMax);
  }
  return false;
}

absl::StatusOr<std::vector<Access>> PostgresRegistryStore::ReadAccesses(pg::Connection& connection,
                                                                        const SubjectId& subject,
                                                                        const Uuid& after,
                                                                        int rows_max) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadAccesses,
                       pg::Params().Uuid(subject.value()).Uuid(after).Int64(rows_max)));
  std::vector<Access> all;
  for (pg::Row row : rows) {
    all.push_back({row.Uuid(0), SubjectId(row.Uuid(1)), row.Time(2), std::string(row.Text(3)),
                   std::string(row.Text(4)), std::string(row.Text(5))});
  }
  return all;
}

}  // namespace varsam::registry
