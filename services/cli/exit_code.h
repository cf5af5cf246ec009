// What a script learns from the exit code.
//   0 done   1 failed   2 wrong use or refused as invalid   3 not found   4 conflict
//   5 not signed in or not allowed   6 unavailable (also: come back later)   7 no answer in time
#pragma once

#include "absl/status/status.h"
#include "services/cli/api_client.h"

namespace varsam::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNotFound = 3;
inline constexpr int kExitConflict = 4;
inline constexpr int kExitDenied = 5;
inline constexpr int kExitUnavailable = 6;
inline constexpr int kExitTimeout = 7;

int ExitCodeOf(long http_status);
int ExitCodeOf(const absl::Status& status);

// "CODE: title" of a problem+json, and one line per field that was refused.
std::string ProblemText(const ApiResponse& response);
// The message, and one line per field.
std::string StatusText(const absl::Status& status);

}  // namespace varsam::cli
