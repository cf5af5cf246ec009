#include "services/gateway/rest/answers.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/strings.h"
#include "services/gateway/transcode/problem.h"

namespace varsam::gateway {

HttpResponse ProblemAnswer(const absl::Status& status, const obs::TraceContext& trace,
                           bool swedish) {
  Problem problem = ToProblem(status, trace.TraceIdHex(), swedish);
  HttpResponse response;
  response.status = problem.http_status;
  response.content_type = kProblemContentType;
  response.body = std::move(problem.body);
  response.headers.emplace_back("Content-Language", swedish ? "sv" : "en");
  if (problem.retry_after) {
    const int64_t seconds = std::max<int64_t>(
        1, absl::ToInt64Seconds(absl::Ceil(*problem.retry_after, absl::Seconds(1))));
    response.headers.emplace_back("Retry-After", absl::StrCat(seconds));
  }
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

HttpResponse TextAnswer(std::string content_type, std::string body) {
  HttpResponse response;
  response.content_type = std::move(content_type);
  response.body = std::move(body);
  return response;
}

bool WantsSwedish(const HttpRequest& request) {
  return absl::StartsWithIgnoreCase(ToAbsl(request.Header("Accept-Language")), "sv");
}

obs::TraceContext TraceOf(const HttpRequest& request) {
  const auto sent = obs::ParseTraceparent(request.Header("traceparent"));
  return sent ? sent->Child() : obs::NewTrace();
}

}  // namespace varsam::gateway
