// The bytes of an answer's head, with the headers every answer carries.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "services/gateway/http/message.h"

namespace varsam::gateway {

struct HeadOptions {
  bool keep_alive = true;
  bool secure = false;   // adds Strict-Transport-Security
  bool chunked = false;  // instead of Content-Length
  absl::Time now;        // for Date
};

// Status line and headers with the empty line. Adds Date, Content-Length, Connection, and unless
// the response names them itself: Cache-Control no-store, X-Content-Type-Options, Referrer-Policy,
// Content-Security-Policy without any source, X-Frame-Options, Cross-Origin-Resource-Policy.
// Headers with CR, LF or NUL in them are a CHECK.
std::string ResponseHead(const HttpResponse& response, const HeadOptions& options);

}  // namespace varsam::gateway
