#include "libs/base/error.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/strings.h"

namespace varsam {
namespace {

constexpr char kReasonUrl[] = "varsam/reason";
constexpr char kFieldsUrl[] = "varsam/fields";
constexpr char kRetryUrl[] = "varsam/retry_after_ms";
// Separators that cannot stand in a field path or a description we write.
constexpr char kBetweenFields = '\x1e';
constexpr char kInsideField = '\x1f';

}  // namespace

absl::Status ErrorWithReason(absl::StatusCode code, std::string_view reason,
                             std::string_view message) {
  absl::Status status(code, ToAbsl(message));
  SetReason(status, reason);
  return status;
}

absl::Status InvalidField(std::string_view field, std::string_view description) {
  return InvalidFields({{std::string(field), std::string(description)}});
}

absl::Status InvalidFields(std::vector<FieldViolation> violations) {
  std::string message;
  for (const FieldViolation& violation : violations) {
    absl::StrAppend(&message, message.empty() ? "" : "; ", violation.field, ": ",
                    violation.description);
  }
  absl::Status status =
      ErrorWithReason(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", message);
  SetFieldViolations(status, violations);
  return status;
}

absl::Status RetryLater(absl::StatusCode code, std::string_view reason, std::string_view message,
                        absl::Duration after) {
  absl::Status status = ErrorWithReason(code, reason, message);
  SetRetryAfter(status, after);
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kReasonUrl);
  return payload ? std::string(*payload) : std::string();
}

std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kFieldsUrl);
  std::vector<FieldViolation> violations;
  if (!payload) return violations;
  const std::string text(*payload);
  for (absl::string_view one : absl::StrSplit(text, kBetweenFields, absl::SkipEmpty())) {
    std::pair<std::string, std::string> parts =
        absl::StrSplit(one, absl::MaxSplits(kInsideField, 1));
    violations.push_back({std::move(parts.first), std::move(parts.second)});
  }
  return violations;
}

std::optional<absl::Duration> RetryAfterOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kRetryUrl);
  int64_t millis = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &millis)) return std::nullopt;
  return absl::Milliseconds(millis);
}

void SetReason(absl::Status& status, std::string_view reason) {
  status.SetPayload(kReasonUrl, absl::Cord(ToAbsl(reason)));
}

void SetFieldViolations(absl::Status& status, const std::vector<FieldViolation>& violations) {
  std::string text;
  for (const FieldViolation& violation : violations) {
    text += violation.field;
    text += kInsideField;
    text += violation.description;
    text += kBetweenFields;
  }
  status.SetPayload(kFieldsUrl, absl::Cord(text));
}

void SetRetryAfter(absl::Status& status, absl::Duration after) {
  status.SetPayload(kRetryUrl, absl::Cord(absl::StrCat(absl::ToInt64Milliseconds(after))));
}

}  // namespace varsam
