#include "libs/pg/migrate.h"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

#include "libs/base/error.h"
#include "tests/support/test_database.h"

namespace varsam::pg {
namespace {

constexpr Migration kOne{1, "0001_note",
                         "CREATE TABLE note (id bigint PRIMARY KEY, text text NOT NULL);\n"
                         "SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE note');"};
constexpr Migration kOneChanged{1, "0001_note", "CREATE TABLE note (id bigint);"};
constexpr Migration kTwo{2, "0002_at", "ALTER TABLE note ADD at timestamptz;"};
constexpr Migration kThree{3, "0003_more", "CREATE TABLE more (id bigint);"};
constexpr Migration kTwoFails{2, "0002_at", "CREATE TABLE half (id bigint); SELECT 1 / 0;"};
constexpr Statement kHalf{"half", "SELECT to_regclass('half') IS NULL"};
constexpr Statement kApplied{"applied", "SELECT count(*) FROM schema_migration"};

absl::Status Run(Connection& connection, std::vector<Migration> migrations,
                 std::string service_role = "") {
  const MigrationSet set{"notes", migrations};
  return Migrate(connection, std::span(&set, 1), {.service_role = std::move(service_role)});
}

absl::Status Check(Connection& connection, std::vector<Migration> migrations) {
  const MigrationSet set{"notes", migrations};
  return CheckSchema(connection, std::span(&set, 1));
}

TEST_CASE("migrations are applied once, forward") {
  TestDatabase database;
  auto connection = database.Open();
  CHECK(ReasonOf(Check(*connection, {kOne})) == "SCHEMA_OLDER");
  REQUIRE(Run(*connection, {kOne}).ok());
  REQUIRE(Run(*connection, {kOne}).ok());
  CHECK(Check(*connection, {kOne}).ok());
  CHECK(ReasonOf(Check(*connection, {kOne, kTwo})) == "SCHEMA_OLDER");
  REQUIRE(Run(*connection, {kOne, kTwo}).ok());
  CHECK(Check(*connection, {kOne}).ok());
  CHECK(connection->Query(kApplied, {})->Only().Int64(0) == 2);
}

TEST_CASE("a changed text, a gap and an unknown newer migration are refused") {
  TestDatabase database;
  auto connection = database.Open();
  CHECK(ReasonOf(Run(*connection, {kOne, kThree})) == "MIGRATION_GAP");
  CHECK(ReasonOf(Run(*connection, {kTwo})) == "MIGRATION_GAP");
  REQUIRE(Run(*connection, {kOne, kTwo}).ok());
  CHECK(ReasonOf(Run(*connection, {kOneChanged, kTwo})) == "MIGRATION_CHANGED");
  CHECK(ReasonOf(Check(*connection, {kOneChanged, kTwo})) == "MIGRATION_CHANGED");
  CHECK(ReasonOf(Run(*connection, {kOne})) == "SCHEMA_NEWER");
  REQUIRE(connection->Execute("DELETE FROM schema_migration WHERE number = 1").ok());
  CHECK(ReasonOf(Run(*connection, {kOne, kTwo})) == "MIGRATION_GAP");
}

TEST_CASE("a failing migration is wholly undone and may be repaired") {
  TestDatabase database;
  auto connection = database.Open();
  CHECK(Run(*connection, {kOne, kTwoFails}).code() == absl::StatusCode::kInvalidArgument);
  CHECK(connection->Query(kHalf, {})->Only().Bool(0));
  CHECK(connection->Query(kApplied, {})->Only().Int64(0) == 1);
  CHECK(Run(*connection, {kOne, kTwo}).ok());
}

TEST_CASE("processes that start together migrate once") {
  TestDatabase database;
  std::vector<std::thread> processes;
  std::vector<absl::Status> results(4);
  for (absl::Status& result : results) {
    processes.emplace_back([&database, &result] {
      auto connection = database.Open();
      result = Run(*connection, {kOne, kTwo, kThree});
    });
  }
  for (std::thread& process : processes) process.join();
  for (const absl::Status& result : results) CHECK(result.ToString() == "OK");
  CHECK(database.Open()->Query(kApplied, {})->Only().Int64(0) == 3);
}

TEST_CASE("the service's role gets what the migration grants and no more") {
  TestDatabase database;
  auto connection = database.Open();
  const std::string role = database.name() + "_svc";
  REQUIRE(connection->Execute("CREATE ROLE " + role + " LOGIN").ok());
  REQUIRE(Run(*connection, {kOne}, role).ok());
  {
    auto service = *Connection::Open({.conninfo = database.ConninfoAs(role)});
    CHECK(service->Execute("INSERT INTO note (id, text) VALUES (1, 'x')").ok());
    CHECK(ReasonOf(service->Execute("UPDATE note SET text = 'y'")) == "DATABASE_PERMISSION");
    CHECK(ReasonOf(service->Execute("DROP TABLE note")) == "DATABASE_PERMISSION");
    CHECK(Check(*service, {kOne}).ok());
  }
  REQUIRE(connection->Execute("DROP OWNED BY " + role + "; DROP ROLE " + role).ok());
}

}  // namespace
}  // namespace varsam::pg
