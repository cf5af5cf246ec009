// RFC 9457 problem+json from a Status. The text is fixed per status; what differs per case is the
// stable `code` (the reason of libs/base/error.h), the field violations, a random instance id and
// the trace id. Never the message of the status, never personal data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace varsam::gateway {

struct Problem {
  int http_status = 500;
  std::string body;                           // application/problem+json
  std::optional<absl::Duration> retry_after;  // for 429 and 503
};

inline constexpr char kProblemContentType[] = "application/problem+json";

// The HTTP status of a gRPC status and reason: ECOSYSTEM §6, with 412 for ETAG_MISMATCH, 428 for
// PRECONDITION_REQUIRED, 422 for a request id used again with other content, and HTTP_<n> for what
// only HTTP knows (405, 406, 413, 414, 415, 431).
int HttpStatusOf(const absl::Status& status);

// An error that only HTTP has: http_status 4xx/5xx and its reason; TooLarge also names the part of
// the request ("head", "target", "body") and its bound in bytes or fields.
absl::Status HttpError(int http_status, std::string_view reason);
absl::Status TooLarge(int http_status, std::string_view reason, std::string_view part,
                      int64_t bound, std::string_view unit);

// `swedish` chooses the language of the title. `trace_id` is 32 hex digits or empty.
Problem ToProblem(const absl::Status& status, std::string_view trace_id, bool swedish);

}  // namespace varsam::gateway
