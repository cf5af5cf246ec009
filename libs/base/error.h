// Errors with a stable reason. The status code says what the caller should do next (fix the input,
// fetch the state again, try later); the reason is one CAPITAL code that documents and tests name;
// the message is a sentence without personal data. libs/rpc carries all of it over the wire and the
// gateway renders it as problem+json.
//
//   return InvalidField("page_size", "0, want 1..500");
//   return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "NOTICE_STALE", "notice …");
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace varsam {

struct FieldViolation {
  std::string field;        // path in the message, e.g. "notice.version"
  std::string description;  // what stood there and what is wanted, e.g. "0, want 1..500"
  bool operator==(const FieldViolation&) const = default;
};

// INVALID_ARGUMENT, reason INVALID_FIELD, naming one field and its bound.
absl::Status InvalidField(std::string_view field, std::string_view description);
absl::Status InvalidFields(std::vector<FieldViolation> violations);

absl::Status ErrorWithReason(absl::StatusCode code, std::string_view reason,
                             std::string_view message);
// RESOURCE_EXHAUSTED or UNAVAILABLE with a hint when to come back.
absl::Status RetryLater(absl::StatusCode code, std::string_view reason, std::string_view message,
                        absl::Duration after);

// What the functions above have put into a status; empty or nullopt where there is nothing.
std::string ReasonOf(const absl::Status& status);
std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status);
std::optional<absl::Duration> RetryAfterOf(const absl::Status& status);
void SetReason(absl::Status& status, std::string_view reason);
void SetFieldViolations(absl::Status& status, const std::vector<FieldViolation>& violations);
void SetRetryAfter(absl::Status& status, absl::Duration after);

}  // namespace varsam
