#include "services/gateway/transcode/problem.h"

#include <array>
#include <charconv>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"

namespace varsam::gateway {
namespace {

constexpr char kHttpStatusPayload[] = "varsam/http-status";

struct Title {
  int http_status;
  const char* en;
  const char* sv;
};
constexpr std::array kTitles = {
    Title{400, "The request is not valid", "Begäran är inte giltig"},
    Title{401, "Sign in first", "Logga in först"},
    Title{403, "Not allowed for you", "Du har inte behörighet"},
    Title{404, "Not found", "Hittades inte"},
    Title{405, "This method is not allowed here", "Metoden är inte tillåten här"},
    Title{406, "No such representation", "Formatet finns inte"},
    Title{409, "Conflict with the present state", "Krockar med nuvarande tillstånd"},
    Title{412, "Changed since you read it", "Ändrad sedan du läste den"},
    Title{413, "The body is too large", "Innehållet är för stort"},
    Title{414, "The address is too long", "Adressen är för lång"},
    Title{415, "Unsupported content type", "Innehållstypen stöds inte"},
    Title{422, "This idempotency key was used for other content",
          "Idempotensnyckeln har använts för annat innehåll"},
    Title{428, "Send If-Match or an etag", "Skicka If-Match eller en etag"},
    Title{429, "Too many requests, come back later", "För många anrop, försök senare"},
    Title{431, "The header fields are too large", "Huvudfälten är för stora"},
    Title{499, "Cancelled by the caller", "Avbrutet av anroparen"},
    Title{500, "Something failed on our side", "Något gick fel hos oss"},
    Title{501, "Not available", "Finns inte"},
    Title{503, "Not available just now, come back later", "Otillgänglig just nu, försök senare"},
    Title{504, "It took too long", "Det tog för lång tid"},
};

std::string_view TitleOf(int http_status, bool swedish) {
  for (const Title& title : kTitles) {
    if (title.http_status == http_status) return swedish ? title.sv : title.en;
  }
  return swedish ? "Fel" : "Error";
}

int FromCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

absl::StatusCode CodeFor(int http_status) {
  switch (http_status) {
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 429:
      return absl::StatusCode::kResourceExhausted;
    case 503:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInvalidArgument;
  }
}

}  // namespace

absl::Status HttpError(int http_status, std::string_view reason) {
  absl::Status status = ErrorWithReason(CodeFor(http_status), reason, reason);
  status.SetPayload(kHttpStatusPayload, absl::Cord(absl::StrCat(http_status)));
  return status;
}

absl::Status TooLarge(int http_status, std::string_view reason, std::string_view part,
                      int64_t bound, std::string_view unit) {
  absl::Status status = HttpError(http_status, reason);
  SetFieldViolations(status,
                     {{std::string(part), absl::StrCat("more than ", bound, " ", ToAbsl(unit))}});
  return status;
}

int HttpStatusOf(const absl::Status& status) {
  if (const auto payload = status.GetPayload(kHttpStatusPayload)) {
    const std::string text(*payload);
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    if (value >= 400 && value < 600) return value;
  }
  const std::string reason = ReasonOf(status);
  if (status.code() == absl::StatusCode::kAborted && reason == "ETAG_MISMATCH") return 412;
  if (reason == "REQUEST_ID_REUSED") return 422;
  return FromCode(status.code());
}

Problem ToProblem(const absl::Status& status, std::string_view trace_id, bool swedish) {
  Problem problem;
  problem.http_status = HttpStatusOf(status);
  std::string reason = ReasonOf(status);
  if (reason.empty()) reason = absl::StatusCodeToString(status.code());
  nlohmann::ordered_json body;
  body["type"] = "urn:varsam:problem:" + reason;
  body["title"] = TitleOf(problem.http_status, swedish);
  body["status"] = problem.http_status;
  body["code"] = reason;
  body["instance"] = "urn:uuid:" + NewUuidV4().ToString();
  if (!trace_id.empty()) body["traceId"] = trace_id;
  for (const FieldViolation& violation : FieldViolationsOf(status)) {
    body["errors"].push_back({{"field", violation.field}, {"description", violation.description}});
  }
  problem.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  problem.retry_after = RetryAfterOf(status);
  if (!problem.retry_after && (problem.http_status == 429 || problem.http_status == 503)) {
    problem.retry_after = absl::Seconds(1);
  }
  return problem;
}

}  // namespace varsam::gateway
