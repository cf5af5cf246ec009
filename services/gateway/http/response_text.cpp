#include "services/gateway/http/response_text.h"

#include <array>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "boost/beast/http/status.hpp"
#include "libs/base/check.h"
#include "libs/base/strings.h"

namespace varsam::gateway {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kAlways = {{
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"X-Frame-Options", "DENY"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
}};

std::string_view Reason(int status) {
  switch (status) {
    case 499:
      return "Client Closed Request";
    default: {
      const auto text = boost::beast::http::obsolete_reason(
          boost::beast::http::int_to_status(static_cast<unsigned>(status)));
      return {text.data(), text.size()};
    }
  }
}

// HTTP dates change once a second; each thread keeps its last one.
const std::string& Date(absl::Time now) {
  thread_local int64_t second = -1;
  thread_local std::string text;
  if (const int64_t current = absl::ToUnixSeconds(now); current != second) {
    second = current;
    text = absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", now, absl::UTCTimeZone());
  }
  return text;
}

void Append(std::string& out, std::string_view name, std::string_view value) {
  absl::StrAppend(&out, ToAbsl(name), ": ", ToAbsl(value), "\r\n");
}

bool Names(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (absl::EqualsIgnoreCase(key, ToAbsl(name))) return true;
  }
  return false;
}

}  // namespace

std::string ResponseHead(const HttpResponse& response, const HeadOptions& options) {
  std::string out;
  out.reserve(512);
  absl::StrAppend(&out, "HTTP/1.1 ", response.status, " ", ToAbsl(Reason(response.status)), "\r\n");
  Append(out, "Date", Date(options.now));
  if (!response.content_type.empty()) Append(out, "Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) {
    VARSAM_CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos) << name;
    Append(out, name, value);
  }
  for (const auto& [name, value] : kAlways) {
    if (!Names(response, name)) Append(out, name, value);
  }
  if (options.secure) Append(out, "Strict-Transport-Security", "max-age=63072000");
  if (options.chunked) {
    Append(out, "Transfer-Encoding", "chunked");
  } else if (response.status != 204) {
    absl::StrAppend(&out, "Content-Length: ", response.body.size(), "\r\n");
  }
  if (!options.keep_alive) Append(out, "Connection", "close");
  out += "\r\n";
  return out;
}

}  // namespace varsam::gateway
