#include "tests/support/test_database.h"

#include <glob.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "libs/base/check.h"

namespace varsam {
namespace {

bool PostgresIsInstalled() {
  glob_t found{};
  const int failed = glob("/usr/lib/postgresql/*/bin/postgres", 0, nullptr, &found);
  globfree(&found);
  return failed == 0;
}

// host=… user=… without the database.
std::string ClusterConninfo() {
  const char* named = std::getenv("VARSAM_TEST_PG");
  std::string text = named == nullptr ? "" : named;
  if (!text.empty() && text.find('=') == std::string::npos) {
    std::ifstream file(text + "/conninfo");
    text.clear();
    std::getline(file, text);
  }
  if (text.empty() && !PostgresIsInstalled()) {
    std::puts("skipped: PostgreSQL is not installed (Debian: postgresql-15)");
    std::fflush(stdout);
    std::_Exit(77);
  }
  VARSAM_CHECK(!text.empty())
      << "no test cluster: run tests/support/postgres_cluster start DIR and set "
         "VARSAM_TEST_PG=DIR";
  return text.substr(0, text.find(" dbname="));
}

std::unique_ptr<pg::Connection> OpenOrDie(const std::string& conninfo) {
  auto opened = pg::Connection::Open({.conninfo = conninfo, .application_name = "varsam_test"});
  VARSAM_CHECK(opened.ok()) << "the test cluster does not answer at " << conninfo;
  return *std::move(opened);
}

}  // namespace

TestDatabase::TestDatabase() {
  static std::atomic<int> made{0};
  name_ = "t" + std::to_string(getpid()) + "_" + std::to_string(made++);
  conninfo_ = ClusterConninfo() + " dbname=" + name_;
  auto admin = OpenAdmin();
  absl::Status dropped = admin->Execute("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  VARSAM_CHECK(dropped.ok()) << dropped.ToString();
  absl::Status created = admin->Execute("CREATE DATABASE " + name_);
  VARSAM_CHECK(created.ok()) << created.ToString();
}

TestDatabase::~TestDatabase() {
  auto admin = pg::Connection::Open({.conninfo = ClusterConninfo() + " dbname=postgres"});
  if (admin.ok()) (void)(*admin)->Execute("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
}

std::string TestDatabase::ConninfoAs(const std::string& role) const {
  return conninfo_ + " user=" + role;  // the last user= counts
}

std::string TestDatabase::socket_directory() const {
  const size_t at = conninfo_.find("host=");
  VARSAM_CHECK(at != std::string::npos);
  return conninfo_.substr(at + 5, conninfo_.find(' ', at) - at - 5);
}

pg::ConnectOptions TestDatabase::options() const {
  return {.conninfo = conninfo_, .application_name = "varsam_test"};
}

std::unique_ptr<pg::Connection> TestDatabase::Open() const { return OpenOrDie(conninfo_); }

std::unique_ptr<pg::Connection> TestDatabase::OpenAdmin() const {
  return OpenOrDie(ClusterConninfo() + " dbname=postgres");
}

}  // namespace varsam
