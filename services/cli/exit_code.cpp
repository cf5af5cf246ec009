#include "services/cli/exit_code.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace varsam::cli {

int ExitCodeOf(long http_status) {
  if (http_status >= 200 && http_status < 300) return kExitDone;
  switch (http_status) {
    case 400:
    case 405:
    case 413:
    case 414:
    case 415:
    case 428:
      return kExitUsage;
    case 401:
    case 403:
      return kExitDenied;
    case 404:
      return kExitNotFound;
    case 409:
    case 412:
    case 422:
      return kExitConflict;
    case 429:
    case 502:
    case 503:
      return kExitUnavailable;
    case 408:
    case 504:
      return kExitTimeout;
    default:
      return kExitFailed;
  }
}

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitDone;
    case absl::StatusCode::kInvalidArgument:
      return kExitUsage;
    case absl::StatusCode::kNotFound:
      return kExitNotFound;
    case absl::StatusCode::kUnavailable:
      return kExitUnavailable;
    case absl::StatusCode::kDeadlineExceeded:
      return kExitTimeout;
    default:
      return kExitFailed;
  }
}

std::string ProblemText(const ApiResponse& response) {
  if (!response.json.is_object()) return absl::StrCat("HTTP ", response.status, "\n");
  const auto text = [](const nlohmann::json& object, const char* key) {
    const auto at = object.find(key);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  std::string out =
      absl::StrCat(text(response.json, "code"), ": ", text(response.json, "title"), "\n");
  const auto errors = response.json.find("errors");
  if (errors != response.json.end() && errors->is_array()) {
    for (const nlohmann::json& error : *errors) {
      if (!error.is_object()) continue;
      absl::StrAppend(&out, "  ", text(error, "field"), ": ", text(error, "description"), "\n");
    }
  }
  return out;
}

std::string StatusText(const absl::Status& status) {
  std::string out = absl::StrCat(status.message(), "\n");
  for (const FieldViolation& one : FieldViolationsOf(status)) {
    absl::StrAppend(&out, "  ", one.field, ": ", one.description, "\n");
  }
  return out;
}

}  // namespace varsam::cli
