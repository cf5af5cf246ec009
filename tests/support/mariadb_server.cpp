#include "tests/support/mariadb_server.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "tests/support/pki.h"

namespace varsam::testing {
namespace {

constexpr char kDriver[] = "/usr/lib/x86_64-linux-gnu/odbc/libmaodbc.so";

std::string Script() {
  const char* const source = getenv("VARSAM_SOURCE_DIR");
  VARSAM_CHECK(source != nullptr) << "run me with ctest: VARSAM_SOURCE_DIR is not set";
  return absl::StrCat(source, "/deploy/lib/mariadb.sh");
}

}  // namespace

bool MariaDbServer::Available() {
  return access("/usr/sbin/mariadbd", X_OK) == 0 && access("/usr/bin/mariadb", X_OK) == 0 &&
         access(kDriver, R_OK) == 0;
}

MariaDbServer& MariaDbServer::Shared() {
  static MariaDbServer server;
  return server;
}

MariaDbServer::MariaDbServer() {
  char pattern[] = "/tmp/varsam-test-mariadb-XXXXXX";
  VARSAM_CHECK(mkdtemp(pattern) != nullptr);
  dir_ = pattern;
  VARSAM_CHECK(chmod(pattern, 0755) == 0);  // the daemon's user passes through it
  const Shown shown = RunCommand(absl::StrCat(Script(), " start ", dir_));
  VARSAM_CHECK(shown.code == 0) << shown.text;
  socket_ = std::string(absl::StripAsciiWhitespace(shown.text));
}

MariaDbServer::~MariaDbServer() {
  RunCommand(absl::StrCat(Script(), " remove ", dir_));
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

std::string MariaDbServer::Connection(const std::string& user, const std::string& database) const {
  return absl::StrCat("Driver=", kDriver, ";SOCKET=", socket_, ";UID=", user,
                      ";CHARSET=utf8mb4;DATABASE=", database);
}

std::string MariaDbServer::Client() const {
  return absl::StrCat("/usr/bin/mariadb --no-defaults --socket=", socket_,
                      " --user=root --default-character-set=utf8mb4 --batch --skip-column-names");
}

std::string MariaDbServer::Sql(const std::string& statements) const {
  const std::string file = absl::StrCat(dir_, "/statements.sql");
  std::ofstream(file) << statements;
  const Shown shown = RunCommand(absl::StrCat(Client(), " < ", file));
  VARSAM_CHECK(shown.code == 0) << shown.text;
  return std::string(absl::StripAsciiWhitespace(shown.text));
}

}  // namespace varsam::testing
