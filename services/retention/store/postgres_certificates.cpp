// The tables of policies as they arrive, certificates, backups, replay facts and cursors.
#include "libs/base/status_macros.h"
#include "libs/calendar/stockholm.h"
#include "services/retention/store/postgres_retention_store.h"
#include "services/retention/store/postgres_rows.h"

namespace varsam::retention {
namespace {

constexpr pg::Statement kInsertPolicy{
    "retention_insert_policy",
    "INSERT INTO policy_version (seq, version, effective_at, model) VALUES ($1, $2, $3, $4)"};
constexpr pg::Statement kSaveCursor{
    "retention_save_cursor",
    "INSERT INTO feed_cursor (feed, next_index) VALUES ($1, $2) ON CONFLICT (feed) DO UPDATE SET "
    "next_index = excluded.next_index"};
constexpr pg::Statement kReadCursor{"retention_read_cursor",
                                    "SELECT next_index FROM feed_cursor WHERE feed = $1"};
constexpr pg::Statement kInsertReplay{
    "retention_insert_replay",
    "INSERT INTO replay_fact (fact_id, kind, subject_hash, purpose, at) SELECT fact_id, "
    "kind, subject_hash, purpose, at FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], "
    "$5::timestamptz[]) AS n (fact_id, kind, subject_hash, purpose, at)"};
constexpr pg::Statement kInsertCertificates{
    "retention_insert_certificates",
    "INSERT INTO certificate (" VARSAM_CERTIFICATE_COLUMNS ") SELECT " VARSAM_CERTIFICATE_COLUMNS
    " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], "
    "$7::int8[]) AS n (" VARSAM_CERTIFICATE_COLUMNS ")"};
constexpr pg::Statement kReadCertificate{
    "retention_read_certificate",
    "SELECT " VARSAM_CERTIFICATE_COLUMNS " FROM certificate WHERE certificate_id = $1"};
constexpr pg::Statement kReadCertificates{
    "retention_read_certificates",
    "SELECT " VARSAM_CERTIFICATE_COLUMNS " FROM certificate WHERE ($1 = '' OR case_id = $1) AND "
    "($2 = '' OR run_id = $2) AND certificate_id > $3 ORDER BY certificate_id LIMIT $4::int8"};
constexpr pg::Statement kInsertBackup{
    "retention_insert_backup",
    "INSERT INTO backup_set (backup_id, target, taken_at, expires_on, registered_at) "
    "VALUES ($1, $2, $3, $4, $5)"};
constexpr pg::Statement kReadBackup{
    "retention_read_backup",
    "SELECT backup_id, target, taken_at, expires_on, registered_at FROM backup_set "
    "WHERE backup_id = $1"};
constexpr pg::Statement kReadBackups{
    "retention_read_backups",
    "SELECT backup_id, target, taken_at, expires_on, registered_at FROM backup_set "
    "WHERE ($1 = '' OR target = $1) AND expires_on >= $2 ORDER BY taken_at DESC LIMIT $3::int8"};
constexpr int kForgetFactsMax = 10'000;
constexpr pg::Statement kForgetReplay{
    "retention_forget_replay",
    "DELETE FROM replay_fact WHERE fact_id IN "
    "(SELECT fact_id FROM replay_fact WHERE at < $1 ORDER BY at, fact_id LIMIT $2::int8)"};
constexpr pg::Statement kForgetSets{"retention_forget_sets",
                                    "DELETE FROM backup_set WHERE expires_on < $1"};
constexpr pg::Statement kReadReplay{
    "retention_read_replay",
    "SELECT fact_id, kind, subject_hash, purpose, at FROM replay_fact "
    "WHERE (at, fact_id) > ($1, $2) ORDER BY at, fact_id LIMIT $3::int8"};

Backup BackupIn(const pg::Row& row) {
  return Backup{std::string(row.Text(0)), std::string(row.Text(1)), row.Time(2), row.Time(4),
                FromCivil(row.Day(3))};
}

std::optional<Backup> BackupIn(const pg::Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return BackupIn(rows.Only());
}

}  // namespace

void PostgresRetentionStore::Save(pg::Tx& tx, const ApplyFeedOutcome& outcome,
                                  std::span<const StoredCertificate> certificates) {
  if (outcome.stale) return;
  for (const auto& [policy, model] : outcome.policies) {
    tx.Enqueue(kInsertPolicy, pg::Params()
                                  .Int64(policy.seq)
                                  .Text(policy.version)
                                  .Time(policy.effective_at)
                                  .Bytes(model));
  }
  Save(tx, std::span<const PersonRecords>(outcome.changed));
  SaveRuns(tx, outcome.new_runs);
  SaveItems(tx, outcome.new_items);
  SaveItems(tx, outcome.finished);
  SaveRuns(tx, outcome.runs);
  using R = const ReplayFact&;
  if (!outcome.replay.empty()) {
    tx.Enqueue(kInsertReplay, pg::Params()
                                  .Uuids(outcome.replay, [](R one) { return one.id; })
                                  .Texts(outcome.replay, [](R one) { return one.kind; })
                                  .Texts(outcome.replay, [](R one) { return one.subject_hash; })
                                  .Texts(outcome.replay, [](R one) { return one.purpose; })
                                  .Times(outcome.replay, [](R one) { return one.at; }));
  }
  SaveCertificates(tx, certificates);
  SaveWaiting(tx, outcome.waiting, outcome.forgotten);
  tx.Enqueue(kSaveCursor, pg::Params().Text(outcome.feed).Int64(
                              static_cast<int64_t>(outcome.next_index)));
}

void PostgresRetentionStore::SaveCertificates(pg::Tx& tx,
                                              std::span<const StoredCertificate> certificates) {
  if (certificates.empty()) return;
  using C = const StoredCertificate&;
  tx.Enqueue(kInsertCertificates,
               pg::Params()
                   .Uuids(certificates, [](C one) { return one.id.value(); })
                   .Texts(certificates, [](C one) { return one.case_id; })
                   .Texts(certificates, [](C one) { return one.run_id; })
                   .Texts(certificates, [](C one) { return one.record_json; })
                   .Texts(certificates, [](C one) { return one.text_sv; })
                   .Texts(certificates, [](C one) { return one.text_en; })
                   .Int64s(certificates, [](C one) {
                     return static_cast<int64_t>(one.entry_index);
                   }));
}

void PostgresRetentionStore::Save(pg::Tx& tx, const Backup& backup) {
  tx.Enqueue(kInsertBackup, pg::Params()
                                .Text(backup.id)
                                .Text(backup.target)
                                .Time(backup.taken_at)
                                .Day(ToCivil(backup.expires_on))
                                .Time(backup.registered_at));
}

absl::StatusOr<std::optional<Backup>> PostgresRetentionStore::LoadBackup(pg::Tx& tx,
                                                                         const std::string& id) {
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kReadBackup, pg::Params().Text(id)));
  return BackupIn(rows);
}

absl::StatusOr<std::optional<Backup>> PostgresRetentionStore::ReadBackup(
    pg::Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadBackup, pg::Params().Text(id)));
  return BackupIn(rows);
}

absl::StatusOr<std::vector<Backup>> PostgresRetentionStore::ReadBackups(
    pg::Connection& connection, const std::string& target, calendar::LocalDay today) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadBackups,
                       pg::Params().Text(target).Day(ToCivil(today)).Int64(kPageRowsMax)));
  std::vector<Backup> sets;
  for (pg::Row row : rows) sets.push_back(BackupIn(row));
  return sets;
}

absl::StatusOr<bool> PostgresRetentionStore::ForgetReplay(pg::Connection& connection,
                                                          absl::Time before) {
  RETURN_IF_ERROR(
      connection
          .Query(kForgetSets, pg::Params().Day(ToCivil(calendar::LocalDayOf(before))))
          .status());
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kForgetReplay, pg::Params().Time(before).Int64(kForgetFactsMax)));
  return rows.affected() == static_cast<uint64_t>(kForgetFactsMax);
}

absl::StatusOr<uint64_t> PostgresRetentionStore::ReadCursor(pg::Connection& connection,
                                                            const std::string& feed) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadCursor, pg::Params().Text(feed)));
  return rows.empty() ? 0 : static_cast<uint64_t>(rows.Only().Int64(0));
}

absl::StatusOr<std::optional<StoredCertificate>> PostgresRetentionStore::ReadCertificate(
    pg::Connection& connection, const CertificateId& id) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadCertificate, pg::Params().Uuid(id.value())));
  if (rows.empty()) return std::optional<StoredCertificate>();
  return std::optional(CertificateIn(rows.Only()));
}

absl::StatusOr<std::vector<StoredCertificate>> PostgresRetentionStore::ReadCertificates(
    pg::Connection& connection, const std::string& case_id, const std::string& run_id,
    const Uuid& after, int rows_max) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadCertificates,
                       pg::Params().Text(case_id).Text(run_id).Uuid(after).Int64(rows_max)));
  std::vector<StoredCertificate> certificates;
  for (pg::Row row : rows) certificates.push_back(CertificateIn(row));
  return certificates;
}

absl::StatusOr<std::vector<ReplayFact>> PostgresRetentionStore::ReadReplay(
    pg::Connection& connection, const ReplayPage& after, int rows_max) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadReplay,
                                    pg::Params().Time(after.at).Uuid(after.id).Int64(rows_max)));
  std::vector<ReplayFact> facts;
  for (pg::Row row : rows) {
    facts.push_back({row.Uuid(0), std::string(row.Text(1)), std::string(row.Text(2)),
                     std::string(row.Text(3)), row.Time(4)});
  }
  return facts;
}

}  // namespace varsam::retention
