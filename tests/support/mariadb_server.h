// A real MariaDB for one test binary, on its socket only, through deploy/lib/mariadb.sh. Not
// thread-safe.
#pragma once

#include <string>

namespace varsam::testing {

class MariaDbServer {
 public:
  // Server, client and ODBC driver are installed. A test without them exits with 77 (skipped).
  static bool Available();

  // The one of this process, started on first use; ends with the process.
  static MariaDbServer& Shared();

  MariaDbServer();
  ~MariaDbServer();
  MariaDbServer(const MariaDbServer&) = delete;
  MariaDbServer& operator=(const MariaDbServer&) = delete;

  // For SQLDriverConnect.
  std::string Connection(const std::string& user = "root", const std::string& database = "") const;
  // The superuser's client, for statements on standard input.
  std::string Client() const;
  // Runs statements as the superuser; what they print. A failure is a CHECK.
  std::string Sql(const std::string& statements) const;

 private:
  std::string dir_, socket_;
};

}  // namespace varsam::testing
