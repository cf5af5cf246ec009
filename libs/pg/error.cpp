#include "libs/pg/error.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/strings.h"

namespace varsam::pg {
namespace {

constexpr char kSqlStateUrl[] = "varsam.pg/sqlstate";
constexpr char kConstraintUrl[] = "varsam.pg/constraint";
constexpr size_t kDriverTextCharsMax = 400;

struct Mapping {
  std::string_view prefix;  // of the SQLSTATE; the first match counts
  absl::StatusCode code;
  std::string_view reason;
  std::string_view message;
};

using absl::StatusCode;
constexpr Mapping kMappings[] = {
    {"23505", StatusCode::kAlreadyExists, "UNIQUE_VIOLATION", "it exists already"},
    {"23P01", StatusCode::kAlreadyExists, "EXCLUSION_VIOLATION", "it overlaps with another"},
    {"23503", StatusCode::kFailedPrecondition, "FOREIGN_KEY_VIOLATION", "what it names is missing"},
    {"23514", StatusCode::kFailedPrecondition, "CHECK_VIOLATION", "a rule of the table forbids it"},
    {"23502", StatusCode::kFailedPrecondition, "NOT_NULL_VIOLATION", "a required value is missing"},
    {"22", StatusCode::kInvalidArgument, "DATA_REJECTED", "the database rejects a value"},
    {"40001", StatusCode::kAborted, "SERIALIZATION_FAILURE", "a concurrent change came first"},
    {"40P01", StatusCode::kAborted, "DEADLOCK", "a concurrent change came first"},
    {"55P03", StatusCode::kAborted, "LOCK_TIMEOUT", "a lock was not free in time"},
    {"57014", StatusCode::kDeadlineExceeded, "STATEMENT_TIMEOUT", "the database took too long"},
    {"25006", StatusCode::kUnavailable, "DATABASE_READ_ONLY", "the database is read-only now"},
    {"53", StatusCode::kUnavailable, "DATABASE_FULL", "the database lacks resources"},
    {"57P", StatusCode::kUnavailable, kConnectionLost, "the database connection was lost"},
    {"08", StatusCode::kUnavailable, kConnectionLost, "the database connection was lost"},
    {"25P03", StatusCode::kUnavailable, kConnectionLost, "the database connection was lost"},
    {"42501", StatusCode::kPermissionDenied, "DATABASE_PERMISSION", "the database role may not"},
    {"P0001", StatusCode::kFailedPrecondition, "RAISED", "a rule of the database forbids it"},
    {"", StatusCode::kInternal, "DATABASE_ERROR", "the database reports an error"},
};

const Mapping& MappingFor(std::string_view sqlstate) {
  for (const Mapping& mapping : kMappings) {
    if (sqlstate.starts_with(mapping.prefix)) return mapping;
  }
  return kMappings[std::size(kMappings) - 1];
}

std::string PayloadOf(const absl::Status& status, const char* url) {
  absl::optional<absl::Cord> payload = status.GetPayload(url);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace

absl::Status StatusFromSqlState(std::string_view sqlstate, std::string_view constraint,
                                std::string_view statement) {
  const Mapping& mapping = MappingFor(sqlstate);
  std::string message = absl::StrCat(ToAbsl(mapping.message), " (", ToAbsl(statement),
                                     ", SQLSTATE ", ToAbsl(sqlstate), ")");
  absl::Status status = ErrorWithReason(mapping.code, mapping.reason, message);
  status.SetPayload(kSqlStateUrl, absl::Cord(ToAbsl(sqlstate)));
  if (!constraint.empty()) status.SetPayload(kConstraintUrl, absl::Cord(ToAbsl(constraint)));
  return status;
}

absl::Status ConnectionLost(std::string_view while_doing) {
  return ErrorWithReason(
      absl::StatusCode::kUnavailable, kConnectionLost,
      absl::StrCat("the database connection was lost (", ToAbsl(while_doing), ")"));
}

absl::Status CannotConnect(std::string_view driver_text) {
  std::string line(driver_text.substr(0, kDriverTextCharsMax));
  absl::StripTrailingAsciiWhitespace(&line);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return ErrorWithReason(absl::StatusCode::kUnavailable, kConnectionLost,
                         absl::StrCat("no connection to the database: ", line));
}

std::string SqlStateOf(const absl::Status& status) { return PayloadOf(status, kSqlStateUrl); }
std::string ConstraintOf(const absl::Status& status) { return PayloadOf(status, kConstraintUrl); }

bool IsCommitInDoubt(const absl::Status& status) {
  return !status.ok() && ReasonOf(status) == kCommitInDoubt;
}

bool IsConnectionLost(const absl::Status& status) {
  return !status.ok() && ReasonOf(status) == kConnectionLost;
}

}  // namespace varsam::pg
