// The gateway's gates before any parser: the JSON guard, the path matcher, the head guard. Whatever
// comes, no crash; what the JSON guard lets through, a real parser reads.
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/check.h"
#include "nlohmann/json.hpp"
#include "services/gateway/http/head_guard.h"
#include "services/gateway/transcode/json_guard.h"
#include "services/gateway/transcode/router.h"

namespace varsam::gateway {
namespace {

Router Routes() {
  RouterBuilder builder;
  size_t route = 0;
  for (const char* text : {"/v1/requests/{id}", "/v1/requests/{id}:verify", "/v1/requests",
                           "/v1/{name=files/**}", "/v1/subjects:resolve", "/u/{token}"}) {
    auto parsed = PathTemplate::Parse(text);
    VARSAM_CHECK(parsed.ok() && builder.Add("GET", *std::move(parsed), route++).ok()) << text;
  }
  return std::move(builder).Build();
}

void Try(std::string_view text) {
  static const Router* routes = new Router(Routes());
  if (GuardJson(text).ok()) {
    VARSAM_CHECK(!nlohmann::json::parse(text, nullptr, false).is_discarded()) << "not JSON";
  }
  const RouteMatch match = routes->Find("GET", text);
  for (const auto& [field, value] : match.variables) VARSAM_CHECK(!value.empty()) << field;
  (void)PathTemplate::Parse(text);
  size_t scanned = 0;
  const auto end = FindHeadEnd(text, scanned);
  if (end.ok() && *end > 0) (void)CheckHead(text.substr(0, *end));
}

}  // namespace
}  // namespace varsam::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varsam::gateway::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
