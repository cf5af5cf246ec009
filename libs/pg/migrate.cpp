#include "libs/pg/migrate.h"

#include <openssl/sha.h>

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/pg/tx.h"

namespace varsam::pg {
namespace {

constexpr char kPrepareSession[] = R"sql(
SET statement_timeout = 0;
SET lock_timeout = '60s';
SET idle_in_transaction_session_timeout = 0;
CREATE OR REPLACE FUNCTION pg_temp.varsam_grant(privileges text, object text) RETURNS void
LANGUAGE plpgsql AS $grant$
DECLARE service_role text := current_setting('varsam.service_role', true);
BEGIN
  IF coalesce(service_role, '') <> '' THEN
    EXECUTE format('GRANT %s ON %s TO %I', privileges, object, service_role);
  END IF;
END
$grant$;
)sql";
constexpr char kRestoreSession[] = R"sql(
DROP FUNCTION IF EXISTS pg_temp.varsam_grant(text, text);
RESET varsam.service_role;
RESET idle_in_transaction_session_timeout;
RESET lock_timeout;
RESET statement_timeout;
)sql";
constexpr char kCreateTable[] = R"sql(
CREATE TABLE IF NOT EXISTS schema_migration (
  set        text        NOT NULL,
  number     integer     NOT NULL CHECK (number > 0),
  name       text        NOT NULL,
  checksum   bytea       NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (set, number)
);
SELECT pg_temp.varsam_grant('SELECT', 'TABLE schema_migration');
)sql";
// "varsam" in ASCII: every migrating process of one database waits here.
constexpr Statement kLock{"varsam_migrate_lock", "SELECT pg_advisory_lock(130225151369581)"};
constexpr Statement kUnlock{"varsam_migrate_unlock", "SELECT pg_advisory_unlock(130225151369581)"};
constexpr Statement kSetRole{"varsam_migrate_role",
                             "SELECT set_config('varsam.service_role', $1, false)"};
constexpr Statement kApplied{"varsam_migrate_applied",
                             "SELECT number, checksum FROM schema_migration WHERE set = $1 "
                             "ORDER BY number"};
constexpr Statement kRecord{"varsam_migrate_record",
                            "INSERT INTO schema_migration (set, number, name, checksum) "
                            "VALUES ($1, $2, $3, $4)"};
constexpr Statement kTableExists{"varsam_migrate_table",
                                 "SELECT to_regclass('schema_migration') IS NOT NULL"};

constexpr absl::Duration kMigrationWaitMax = absl::Hours(1);

std::string Checksum(std::string_view sql) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(sql.data()), sql.size(), digest);
  return std::string(reinterpret_cast<char*>(digest), sizeof(digest));
}

absl::Status Refused(std::string_view reason, const MigrationSet& set, int number,
                     std::string_view what) {
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, reason,
      absl::StrCat("migration ", ToAbsl(set.set), " ", number, ": ", ToAbsl(what)));
}

using Applied = std::map<int, std::string>;  // number to checksum

absl::StatusOr<Applied> LoadApplied(Connection& connection, const MigrationSet& set) {
  Applied applied;
  ASSIGN_OR_RETURN(Rows rows, connection.Query(kApplied, Params().Text(set.set)));
  for (Row row : rows) applied.emplace(row.Int32(0), row.Bytes(1));
  return applied;
}

absl::Status CheckNumbers(const MigrationSet& set) {
  int expected = 1;
  for (const Migration& migration : set.migrations) {
    if (migration.number != expected) {
      return Refused("MIGRATION_GAP", set, migration.number, "numbers are not 1, 2, 3 …");
    }
    ++expected;
  }
  return absl::OkStatus();
}

absl::Status CheckUnchanged(const MigrationSet& set, const Applied& applied) {
  for (const Migration& migration : set.migrations) {
    auto found = applied.find(migration.number);
    if (found != applied.end() && found->second != Checksum(migration.sql)) {
      return Refused("MIGRATION_CHANGED", set, migration.number, "its text was changed");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckHistory(const MigrationSet& set, const Applied& applied) {
  RETURN_IF_ERROR(CheckNumbers(set));
  RETURN_IF_ERROR(CheckUnchanged(set, applied));
  int expected = 1;
  for (const auto& [number, checksum] : applied) {
    if (number != expected++)
      return Refused("MIGRATION_GAP", set, number, "the database has a gap");
  }
  if (applied.size() > set.migrations.size()) {
    return Refused("SCHEMA_NEWER", set, applied.rbegin()->first, "unknown to this binary");
  }
  return absl::OkStatus();
}

absl::Status Apply(Connection& connection, const MigrationSet& set, const Migration& migration) {
  Tx tx(connection);
  RETURN_IF_ERROR(tx.Flush());
  RETURN_IF_ERROR(connection.Execute(std::string(migration.sql)));
  tx.Enqueue(kRecord, Params()
                          .Text(set.set)
                          .Int32(migration.number)
                          .Text(migration.name)
                          .Bytes(Checksum(migration.sql)));
  return tx.Commit();
}

absl::Status MigrateLocked(Connection& connection, std::span<const MigrationSet> sets) {
  RETURN_IF_ERROR(connection.Execute(kCreateTable));
  for (const MigrationSet& set : sets) {
    ASSIGN_OR_RETURN(Applied applied, LoadApplied(connection, set));
    RETURN_IF_ERROR(CheckHistory(set, applied));
    for (const Migration& migration : set.migrations.subspan(applied.size())) {
      RETURN_IF_ERROR(Apply(connection, set, migration));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Migrate(Connection& connection, std::span<const MigrationSet> sets,
                     const MigrateOptions& options) {
  const absl::Duration reply_timeout = connection.reply_timeout();
  connection.set_reply_timeout(kMigrationWaitMax);
  RETURN_IF_ERROR(connection.Execute(kPrepareSession));
  RETURN_IF_ERROR(connection.Query(kSetRole, Params().Text(options.service_role)).status());
  RETURN_IF_ERROR(connection.Query(kLock, {}).status());
  absl::Status migrated = MigrateLocked(connection, sets);
  if (!connection.broken()) {
    migrated.Update(connection.Query(kUnlock, {}).status());
    migrated.Update(connection.Execute(kRestoreSession));
  }
  connection.set_reply_timeout(reply_timeout);
  return migrated;
}

absl::Status CheckSchema(Connection& connection, std::span<const MigrationSet> sets) {
  ASSIGN_OR_RETURN(Rows exists, connection.Query(kTableExists, {}));
  for (const MigrationSet& set : sets) {
    Applied applied;
    if (exists.Only().Bool(0)) {
      ASSIGN_OR_RETURN(applied, LoadApplied(connection, set));
    }
    RETURN_IF_ERROR(CheckUnchanged(set, applied));
    for (const Migration& migration : set.migrations) {
      if (!applied.contains(migration.number)) {
        return Refused("SCHEMA_OLDER", set, migration.number, "is not applied yet");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace varsam::pg
