// The gateway's REST interface as the command line uses it: JSON, bearer token, problem+json.
// One object is used by one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace varsam::cli {

inline constexpr size_t kResponseBytesMax = 64 << 20;

struct ApiConfig {
  std::string url;         // http(s)://host:port of the gateway
  std::string token;       // bearer token; empty: anonymous
  std::string ca_file;     // for https
  absl::Duration timeout = absl::Seconds(30);
};

struct ApiResponse {
  long status = 0;
  std::string content_type;
  std::string body;
  nlohmann::json json;  // null unless the body is JSON
  bool ok() const { return status >= 200 && status < 300; }
};

class ApiClient {
 public:
  explicit ApiClient(ApiConfig config);
  ~ApiClient();
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  // `body` null: none. POST and PATCH carry an Idempotency-Key: `key`, or a fresh one. UNAVAILABLE
  // when the gateway cannot be reached, DEADLINE_EXCEEDED when it does not answer in time.
  absl::StatusOr<ApiResponse> Call(const std::string& method, const std::string& path,
                                   const nlohmann::json& body = nullptr,
                                   const std::string& key = "");
  // A body that is not JSON, as it is.
  absl::StatusOr<ApiResponse> CallRaw(const std::string& method, const std::string& path,
                                      const std::string& body, const std::string& content_type);
  void set_token(std::string token) { config_.token = std::move(token); }
  void set_cookie(std::string cookie) { cookie_ = std::move(cookie); }
  // The Set-Cookie value of the last answer, "name=value", or empty.
  const std::string& last_cookie() const { return last_cookie_; }

 private:
  absl::StatusOr<ApiResponse> Perform(const std::string& method, const std::string& path,
                                      const std::optional<std::string>& body,
                                      const std::string& content_type, const std::string& key);
  static size_t OnBody(char* data, size_t size, size_t count, void* to);
  static size_t OnHeader(char* data, size_t size, size_t count, void* to);

  ApiConfig config_;
  std::string cookie_, last_cookie_;
  void* curl_;
};

// Percent-encodes one path segment or query value.
std::string UrlEncode(const std::string& text);

}  // namespace varsam::cli
