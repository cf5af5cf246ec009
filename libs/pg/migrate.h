// Forward-only migrations. Each library and service brings its numbered SQL files, embedded into
// the binary at build time (see migrate.cmake):
//
//   varsam_embed_sql(varsam_ledger SET ledger NAMESPACE varsam::ledger
//     FILES migrations/0001_ledger.sql)
//
// defines `const varsam::pg::MigrationSet& varsam::ledger::Migrations()`, which the owner declares
// in a header of its own. Files are named NNNN_<what>.sql, numbered from 0001 without gaps; one
// file is one transaction. What has been applied, with its SHA-256, stands in schema_migration.
//
// The migrating role owns the objects. Inside a migration
//   SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE ledger_entry');
// grants to the service's role (MigrateOptions::service_role, also readable as
// current_setting('varsam.service_role')); with no such role it does nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/pg/connection.h"

namespace varsam::pg {

struct Migration {
  int number;             // 1, 2, 3 …
  std::string_view name;  // "0001_ledger"
  std::string_view sql;
};

struct MigrationSet {
  std::string_view set;  // "ledger", "journal", "consent"
  std::span<const Migration> migrations;
};

struct MigrateOptions {
  std::string service_role;  // empty: the migrating role serves as well (development, tests)
};

// Applies what is missing, set by set in the given order, one process at a time (advisory lock).
// FAILED_PRECONDITION and nothing applied for that set, reason
//   MIGRATION_CHANGED  an applied file has another checksum now
//   MIGRATION_GAP      the numbers of a set are not 1, 2, 3 …, here or in the database
//   SCHEMA_NEWER       the database has a migration that this binary does not know
// or the error of the failed statement; its file is then wholly undone, earlier files stay.
absl::Status Migrate(Connection& connection, std::span<const MigrationSet> sets,
                     const MigrateOptions& options = {});

// Is the schema one that this binary can serve? For readiness; reads only. FAILED_PRECONDITION
// SCHEMA_OLDER when a migration is missing, MIGRATION_CHANGED as above. A newer schema is fine:
// every migration works under the old and the new binary.
absl::Status CheckSchema(Connection& connection, std::span<const MigrationSet> sets);

}  // namespace varsam::pg
