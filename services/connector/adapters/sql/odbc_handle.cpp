#include "services/connector/adapters/sql/odbc_handle.h"

#include <array>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::connector::sql {
namespace {

constexpr size_t kPieceBytes = 16 * 1024;
constexpr size_t kValueBytesMax = 64 << 20;

bool Good(SQLRETURN code) { return code == SQL_SUCCESS || code == SQL_SUCCESS_WITH_INFO; }

struct Meaning {
  int native;
  absl::StatusCode code;
  const char* reason;
};

// MariaDB's error numbers, to the reasons of libs/pg/error.h.
constexpr Meaning kMeanings[] = {
    {1044, absl::StatusCode::kPermissionDenied, "DATABASE_PERMISSION"},
    {1045, absl::StatusCode::kUnauthenticated, "DATABASE_PERMISSION"},
    {1142, absl::StatusCode::kPermissionDenied, "DATABASE_PERMISSION"},
    {1143, absl::StatusCode::kPermissionDenied, "DATABASE_PERMISSION"},
    {1370, absl::StatusCode::kPermissionDenied, "DATABASE_PERMISSION"},
    {1062, absl::StatusCode::kAlreadyExists, "UNIQUE_VIOLATION"},
    {1451, absl::StatusCode::kFailedPrecondition, "FOREIGN_KEY_VIOLATION"},
    {1452, absl::StatusCode::kFailedPrecondition, "FOREIGN_KEY_VIOLATION"},
    {4025, absl::StatusCode::kFailedPrecondition, "CHECK_VIOLATION"},
    {1048, absl::StatusCode::kFailedPrecondition, "NOT_NULL_VIOLATION"},
    {1644, absl::StatusCode::kFailedPrecondition, "RAISED"},
    {1264, absl::StatusCode::kInvalidArgument, "DATA_REJECTED"},
    {1265, absl::StatusCode::kInvalidArgument, "DATA_REJECTED"},
    {1292, absl::StatusCode::kInvalidArgument, "DATA_REJECTED"},
    {1366, absl::StatusCode::kInvalidArgument, "DATA_REJECTED"},
    {1406, absl::StatusCode::kInvalidArgument, "DATA_REJECTED"},
    {1205, absl::StatusCode::kAborted, "LOCK_TIMEOUT"},
    {1213, absl::StatusCode::kAborted, "DEADLOCK"},
    {1020, absl::StatusCode::kAborted, "SERIALIZATION_FAILURE"},
    {1969, absl::StatusCode::kDeadlineExceeded, "STATEMENT_TIMEOUT"},
    {1290, absl::StatusCode::kUnavailable, "DATABASE_READ_ONLY"},
    {1040, absl::StatusCode::kUnavailable, "DATABASE_FULL"},
    {1203, absl::StatusCode::kUnavailable, "DATABASE_FULL"},
};

bool Lost(int native, const std::string& state) {
  return state.starts_with("08") || native == 1053 || native == 1927 ||
         (native >= 2000 && native < 2100);
}

class Statement {
 public:
  explicit Statement(SQLHDBC connection) { SQLAllocHandle(SQL_HANDLE_STMT, connection, &handle_); }
  ~Statement() {
    if (handle_ != SQL_NULL_HANDLE) SQLFreeHandle(SQL_HANDLE_STMT, handle_);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  SQLHSTMT get() const { return handle_; }

 private:
  SQLHSTMT handle_ = SQL_NULL_HANDLE;
};

// `sizes` must live until the statement is executed.
bool Bind(SQLHSTMT statement, const std::vector<std::optional<std::string>>& values,
          std::vector<SQLLEN>& sizes) {
  sizes.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    static char nothing[1] = {0};
    const std::string empty;
    const std::string& text = values[i] ? *values[i] : empty;
    sizes[i] = values[i] ? static_cast<SQLLEN>(text.size()) : SQL_NULL_DATA;
    char* const data = values[i] ? const_cast<char*>(text.data()) : nothing;
    const SQLULEN column_size = text.empty() ? 1 : text.size();
    if (!Good(SQLBindParameter(statement, static_cast<SQLUSMALLINT>(i + 1), SQL_PARAM_INPUT,
                               SQL_C_CHAR, SQL_VARCHAR, column_size, 0, data,
                               static_cast<SQLLEN>(text.size()), &sizes[i]))) {
      return false;
    }
  }
  return true;
}

// nullopt in `out` is NULL; false when the driver fails or the value is too large.
bool Fetch(SQLHSTMT statement, SQLUSMALLINT column, std::optional<std::string>& out) {
  std::string text;
  std::array<char, kPieceBytes> piece;
  for (;;) {
    SQLLEN size = 0;
    const SQLRETURN code =
        SQLGetData(statement, column, SQL_C_CHAR, piece.data(), piece.size(), &size);
    if (code == SQL_NO_DATA) break;
    if (!Good(code)) return false;
    if (size == SQL_NULL_DATA) {
      out = std::nullopt;
      return true;
    }
    const bool more = size == SQL_NO_TOTAL || static_cast<size_t>(size) > piece.size() - 1;
    text.append(piece.data(), more ? piece.size() - 1 : static_cast<size_t>(size));
    if (text.size() > kValueBytesMax) return false;
    if (!more) break;
  }
  out = std::move(text);
  return true;
}

}  // namespace

absl::StatusOr<OdbcConnection> OdbcConnection::Open(const std::string& connection,
                                                    int login_seconds) {
  SQLHENV environment = SQL_NULL_HANDLE;
  SQLHDBC handle = SQL_NULL_HANDLE;
  SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment);
  SQLSetEnvAttr(environment, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
  SQLAllocHandle(SQL_HANDLE_DBC, environment, &handle);
  OdbcConnection opened(environment, handle);
  const auto seconds = static_cast<uintptr_t>(login_seconds);
  SQLSetConnectAttr(handle, SQL_ATTR_LOGIN_TIMEOUT, reinterpret_cast<SQLPOINTER>(seconds), 0);
  std::string text = connection;
  const SQLRETURN code = SQLDriverConnect(handle, nullptr, reinterpret_cast<SQLCHAR*>(text.data()),
                                          static_cast<SQLSMALLINT>(text.size()), nullptr, 0,
                                          nullptr, SQL_DRIVER_NOPROMPT);
  if (!Good(code)) return opened.Trouble(SQL_HANDLE_DBC, handle);
  SQLSetConnectAttr(handle, SQL_ATTR_AUTOCOMMIT, reinterpret_cast<SQLPOINTER>(SQL_AUTOCOMMIT_OFF),
                    0);
  return opened;
}

OdbcConnection::~OdbcConnection() {
  if (connection_ != SQL_NULL_HANDLE) {
    SQLEndTran(SQL_HANDLE_DBC, connection_, SQL_ROLLBACK);
    SQLDisconnect(connection_);
    SQLFreeHandle(SQL_HANDLE_DBC, connection_);
  }
  if (environment_ != SQL_NULL_HANDLE) SQLFreeHandle(SQL_HANDLE_ENV, environment_);
}

absl::Status OdbcConnection::Trouble(SQLSMALLINT type, SQLHANDLE handle) {
  std::array<SQLCHAR, 6> state{};
  SQLINTEGER native = 0;
  SQLSMALLINT length = 0;
  if (!Good(SQLGetDiagRec(type, handle, 1, state.data(), &native, nullptr, 0, &length))) {
    native = 0;
  }
  const std::string sqlstate(reinterpret_cast<const char*>(state.data()));
  const std::string what = absl::StrCat(" (SQLSTATE ", sqlstate, ", error ", native, ")");
  for (const Meaning& one : kMeanings) {
    if (one.native != native) continue;
    return ErrorWithReason(one.code, one.reason, absl::StrCat("the database refuses", what));
  }
  if (Lost(native, sqlstate)) {
    broken_ = true;
    return ErrorWithReason(absl::StatusCode::kUnavailable, "CONNECTION_LOST",
                           absl::StrCat("the database connection was lost", what));
  }
  return ErrorWithReason(absl::StatusCode::kInternal, "DATABASE_ERROR",
                         absl::StrCat("the database reports an error", what));
}

absl::StatusOr<TextRows> OdbcConnection::Execute(
    const std::string& sql, const std::vector<std::optional<std::string>>& values) {
  const Statement statement(connection_);
  std::vector<SQLLEN> sizes;
  std::string text = sql;
  if (!Good(SQLPrepare(statement.get(), reinterpret_cast<SQLCHAR*>(text.data()),
                       static_cast<SQLINTEGER>(text.size()))) ||
      !Bind(statement.get(), values, sizes)) {
    return Trouble(SQL_HANDLE_STMT, statement.get());
  }
  const SQLRETURN code = SQLExecute(statement.get());
  if (!Good(code) && code != SQL_NO_DATA) return Trouble(SQL_HANDLE_STMT, statement.get());
  TextRows answer;
  SQLSMALLINT columns = 0;
  SQLNumResultCols(statement.get(), &columns);
  if (columns == 0) {
    SQLLEN rows = 0;
    SQLRowCount(statement.get(), &rows);
    answer.affected = rows > 0 ? static_cast<uint64_t>(rows) : 0;
    return answer;
  }
  for (;;) {
    const SQLRETURN next = SQLFetch(statement.get());
    if (next == SQL_NO_DATA) return answer;
    if (!Good(next)) return Trouble(SQL_HANDLE_STMT, statement.get());
    TextRow& row = answer.rows.emplace_back(columns);
    for (SQLSMALLINT i = 0; i < columns; ++i) {
      if (!Fetch(statement.get(), static_cast<SQLUSMALLINT>(i + 1), row[static_cast<size_t>(i)])) {
        return Trouble(SQL_HANDLE_STMT, statement.get());
      }
    }
  }
}

absl::Status OdbcConnection::End(bool commit) {
  const SQLRETURN code =
      SQLEndTran(SQL_HANDLE_DBC, connection_, commit ? SQL_COMMIT : SQL_ROLLBACK);
  return Good(code) ? absl::OkStatus() : Trouble(SQL_HANDLE_DBC, connection_);
}

}  // namespace varsam::connector::sql
