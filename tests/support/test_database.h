// A fresh database for one test case, in the private cluster of the tests.
//
//   TEST_CASE("a hold is found by its subject") {
//     TestDatabase database;                       // created empty, dropped at the end
//     auto connection = database.Open();
//     REQUIRE(pg::Migrate(*connection, sets).ok());
//
// varsam_test(… NEEDS_PG …) starts the cluster (ctest fixture) and names it in VARSAM_TEST_PG: a
// folder that holds `conninfo`, or a conninfo itself. When PostgreSQL is not installed the whole
// binary ends with exit code 77 (skipped); any other trouble fails.
#pragma once

#include <memory>
#include <string>

#include "libs/pg/connection.h"

namespace varsam {

class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }
  // The superuser in this database.
  const std::string& conninfo() const { return conninfo_; }
  std::string ConninfoAs(const std::string& role) const;
  // The folder of the server's socket.
  std::string socket_directory() const;

  pg::ConnectOptions options() const;
  std::unique_ptr<pg::Connection> Open() const;
  // A connection to the cluster outside this database.
  std::unique_ptr<pg::Connection> OpenAdmin() const;

 private:
  std::string name_;
  std::string conninfo_;
};

}  // namespace varsam
