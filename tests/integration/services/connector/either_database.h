// A schema "survey" on either database product, for tests that must hold on both.
#pragma once

#include <catch2/catch.hpp>

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/connector/adapters/sql/odbc_database.h"
#include "services/connector/adapters/sql/postgres_database.h"
#include "services/connector/adapters/sql/sql_adapter.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/test_database.h"

namespace varsam::connector {

struct OnPostgres {
  // Statements that both products understand.
  explicit OnPostgres(const std::string& fill) : admin(database.Open()) {
    REQUIRE(admin->Execute("CREATE SCHEMA survey; SET search_path = survey").ok());
    REQUIRE(admin->Execute(fill).ok());
  }
  sql::Opener Open() { return sql::OpenPostgres(database.options()); }
  int64_t Count(const std::string& what) {
    const std::string name = absl::StrCat("count_", made++);
    const std::string text = "SELECT count(*) FROM " + what;
    auto rows = admin->Query({name.c_str(), text.c_str()}, {});
    REQUIRE(rows.ok());
    return rows->Only().Int64(0);
  }
  int made = 0;
  TestDatabase database;
  std::unique_ptr<pg::Connection> admin;
};

struct OnMariaDb {
  explicit OnMariaDb(const std::string& fill) : server(Server()) {
    server.Sql(
        "DROP DATABASE IF EXISTS survey; CREATE DATABASE survey CHARACTER SET utf8mb4; USE "
        "survey; " +
        fill);
  }
  static testing::MariaDbServer& Server() {
    if (!testing::MariaDbServer::Available()) std::exit(77);
    return testing::MariaDbServer::Shared();
  }
  sql::Opener Open() { return sql::OpenOdbc({server.Connection()}); }
  int64_t Count(const std::string& what) {
    return std::stoll(server.Sql("USE survey; SELECT count(*) FROM " + what));
  }
  testing::MariaDbServer& server;
};

}  // namespace varsam::connector
