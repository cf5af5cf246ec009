// The C interface of ODBC behind two owners. Errors carry a code, a reason and the SQLSTATE, never
// the driver's sentence, which may quote a value.
#pragma once

#include <sql.h>
#include <sqlext.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/connector/adapters/sql/database.h"

namespace varsam::connector::sql {

class OdbcConnection {
 public:
  // UNAVAILABLE CONNECTION_LOST, UNAUTHENTICATED or PERMISSION_DENIED DATABASE_PERMISSION.
  static absl::StatusOr<OdbcConnection> Open(const std::string& connection, int login_seconds);
  OdbcConnection(OdbcConnection&& other) noexcept
      : environment_(std::exchange(other.environment_, nullptr)),
        connection_(std::exchange(other.connection_, nullptr)),
        broken_(other.broken_) {}
  OdbcConnection& operator=(OdbcConnection&&) = delete;
  ~OdbcConnection();

  bool broken() const { return broken_; }
  // One statement with its values for the question marks.
  absl::StatusOr<TextRows> Execute(const std::string& sql,
                                   const std::vector<std::optional<std::string>>& values);
  // Ends the transaction in work; the next statement starts one.
  absl::Status End(bool commit);

 private:
  OdbcConnection(SQLHENV environment, SQLHDBC connection)
      : environment_(environment), connection_(connection) {}
  absl::Status Trouble(SQLSMALLINT type, SQLHANDLE handle);

  SQLHENV environment_;
  SQLHDBC connection_;
  bool broken_ = false;
};

}  // namespace varsam::connector::sql
