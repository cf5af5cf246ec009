#include "services/cli/api_client.h"

#include <curl/curl.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"

namespace varsam::cli {
namespace {

struct Slist {
  curl_slist* list = nullptr;
  ~Slist() { curl_slist_free_all(list); }
  void Add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

}  // namespace

ApiClient::ApiClient(ApiConfig config) : config_(std::move(config)), curl_(curl_easy_init()) {
  VARSAM_CHECK(curl_ != nullptr) << "curl_easy_init";
}

ApiClient::~ApiClient() { curl_easy_cleanup(static_cast<CURL*>(curl_)); }

size_t ApiClient::OnBody(char* data, size_t size, size_t count, void* to) {
  auto* body = static_cast<std::string*>(to);
  if (body->size() + size * count > kResponseBytesMax) return 0;  // ends the transfer
  body->append(data, size * count);
  return size * count;
}

size_t ApiClient::OnHeader(char* data, size_t size, size_t count, void* to) {
  const std::string line(data, size * count);
  if (absl::StartsWithIgnoreCase(line, "set-cookie:")) {
    std::string value = line.substr(11);
    value = value.substr(0, value.find(';'));
    absl::StripAsciiWhitespace(&value);
    *static_cast<std::string*>(to) = value;
  }
  return size * count;
}

absl::StatusOr<ApiResponse> ApiClient::Perform(const std::string& method, const std::string& path,
                                               const std::optional<std::string>& body,
                                               const std::string& content_type,
                                               const std::string& key) {
  CURL* curl = static_cast<CURL*>(curl_);
  curl_easy_reset(curl);
  const std::string url = config_.url + path;
  ApiResponse response;
  last_cookie_.clear();
  Slist headers;
  headers.Add("Accept: application/json");
  headers.Add("Expect:");
  if (!config_.token.empty()) headers.Add("Authorization: Bearer " + config_.token);
  if (!cookie_.empty()) headers.Add("Cookie: " + cookie_);
  if (!key.empty()) headers.Add("Idempotency-Key: " + key);
  if (body) headers.Add("Content-Type: " + content_type);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.list);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(config_.timeout)));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &ApiClient::OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &response.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &ApiClient::OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &last_cookie_);
  if (!config_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, config_.ca_file.c_str());
  if (body) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data());
  }
  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return absl::DeadlineExceededError(absl::StrCat(method, " ", path, ": no answer in time"));
  }
  if (code != CURLE_OK) {
    return absl::UnavailableError(absl::StrCat(method, " ", path, ": ", curl_easy_strerror(code)));
  }
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response.status);
  const char* type = nullptr;
  curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) response.content_type = type;
  if (absl::StrContains(response.content_type, "json")) {
    response.json = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  }
  return response;
}

absl::StatusOr<ApiResponse> ApiClient::Call(const std::string& method, const std::string& path,
                                            const nlohmann::json& body, const std::string& key) {
  std::optional<std::string> text;
  if (!body.is_null()) text = body.dump();
  std::string idempotency = key;
  if (idempotency.empty() && (method == "POST" || method == "PATCH")) {
    idempotency = NewUuidV7(SystemClock().Now()).ToString();
  }
  return Perform(method, path, text, "application/json", idempotency);
}

absl::StatusOr<ApiResponse> ApiClient::CallRaw(const std::string& method, const std::string& path,
                                               const std::string& body,
                                               const std::string& content_type) {
  return Perform(method, path, body, content_type, "");
}

std::string UrlEncode(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ||
        c == '~') {
      encoded.push_back(c);
    } else {
      absl::StrAppend(&encoded, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return encoded;
}

}  // namespace varsam::cli
