// Answers of the gateway's own making.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/obs/trace.h"
#include "services/gateway/http/message.h"

namespace varsam::gateway {

// problem+json in the language the caller asks for, with Retry-After and WWW-Authenticate where
// due.
HttpResponse ProblemAnswer(const absl::Status& status, const obs::TraceContext& trace,
                           bool swedish);
HttpResponse TextAnswer(std::string content_type, std::string body);

// Does Accept-Language put Swedish first?
bool WantsSwedish(const HttpRequest& request);
// The trace the request belongs to, or a new one.
obs::TraceContext TraceOf(const HttpRequest& request);

}  // namespace varsam::gateway
