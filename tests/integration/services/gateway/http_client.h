// Enough of an HTTP client for tests, over RawSocket: one request, one connection.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/integration/services/gateway/raw_socket.h"

namespace varsam::gateway {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;
  nlohmann::json Json() const { return nlohmann::json::parse(body, nullptr, false); }
};

inline HttpAnswer ParseAnswer(const std::string& text) {
  HttpAnswer answer;
  answer.status = StatusOf(text);
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.body = text.substr(end + 4);
  size_t at = text.find("\r\n") + 2;
  while (at < end) {
    const size_t next = text.find("\r\n", at);
    const std::string line = text.substr(at, next - at);
    const size_t colon = line.find(": ");
    answer.headers[absl::AsciiStrToLower(line.substr(0, colon))] = line.substr(colon + 2);
    at = next + 2;
  }
  return answer;
}

inline HttpAnswer Fetch(uint16_t port, const std::string& method, const std::string& target,
                        const std::vector<std::pair<std::string, std::string>>& headers = {},
                        const std::string& body = "") {
  RawSocket socket(port);
  std::string text =
      absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
  for (const auto& [name, value] : headers) absl::StrAppend(&text, name, ": ", value, "\r\n");
  if (!body.empty()) absl::StrAppend(&text, "Content-Length: ", body.size(), "\r\n");
  socket.Send(absl::StrCat(text, "\r\n", body));
  return ParseAnswer(socket.ReadAll(10'000));
}

}  // namespace varsam::gateway
