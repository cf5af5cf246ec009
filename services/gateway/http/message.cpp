#include "services/gateway/http/message.h"

#include "absl/strings/match.h"
#include "libs/base/strings.h"

namespace varsam::gateway {

std::string_view HttpRequest::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, ToAbsl(name))) return value;
  }
  return {};
}

int HttpRequest::HeaderCount(std::string_view name) const {
  int count = 0;
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, ToAbsl(name))) ++count;
  }
  return count;
}

}  // namespace varsam::gateway
