// SQLSTATE to absl::Status. The message of the status is a fixed sentence: what the database itself
// said may hold personal data ("Key (email)=(…) already exists") and stays out of it. What is safe
// to log travels beside it: the reason, the SQLSTATE and the name of the constraint.
//
//   SQLSTATE        code                 reason
//   23505           ALREADY_EXISTS       UNIQUE_VIOLATION
//   23P01           ALREADY_EXISTS       EXCLUSION_VIOLATION
//   23503           FAILED_PRECONDITION  FOREIGN_KEY_VIOLATION
//   23514           FAILED_PRECONDITION  CHECK_VIOLATION
//   23502           FAILED_PRECONDITION  NOT_NULL_VIOLATION
//   22xxx           INVALID_ARGUMENT     DATA_REJECTED
//   40001           ABORTED              SERIALIZATION_FAILURE
//   40P01           ABORTED              DEADLOCK
//   55P03           ABORTED              LOCK_TIMEOUT
//   57014           DEADLINE_EXCEEDED    STATEMENT_TIMEOUT
//   25006           UNAVAILABLE          DATABASE_READ_ONLY
//   53xxx           UNAVAILABLE          DATABASE_FULL
//   57Pxx, 08xxx    UNAVAILABLE          CONNECTION_LOST (also: no answer, socket closed)
//   42501           PERMISSION_DENIED    DATABASE_PERMISSION
//   P0001           FAILED_PRECONDITION  RAISED
//   any other       INTERNAL             DATABASE_ERROR
//   (COMMIT sent, no answer)  UNKNOWN    COMMIT_IN_DOUBT
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace varsam::pg {

inline constexpr std::string_view kCommitInDoubt = "COMMIT_IN_DOUBT";
inline constexpr std::string_view kConnectionLost = "CONNECTION_LOST";

// What the database said last on a connection. driver_text may hold personal data: for a debugger,
// never for a log.
struct ErrorDetail {
  std::string sqlstate;
  std::string constraint;
  std::string statement;  // name of the Statement
  std::string driver_text;
};

absl::Status StatusFromSqlState(std::string_view sqlstate, std::string_view constraint,
                                std::string_view statement);
absl::Status ConnectionLost(std::string_view while_doing);

// UNAVAILABLE CONNECTION_LOST with what the driver says about a connection that never stood: host,
// port, role, database and the reason. No statement has been sent, so it holds no personal data;
// libpq names no passwords.
absl::Status CannotConnect(std::string_view driver_text);

// Empty when the status does not come from PostgreSQL or there is none.
std::string SqlStateOf(const absl::Status& status);
std::string ConstraintOf(const absl::Status& status);
bool IsCommitInDoubt(const absl::Status& status);
bool IsConnectionLost(const absl::Status& status);

}  // namespace varsam::pg
