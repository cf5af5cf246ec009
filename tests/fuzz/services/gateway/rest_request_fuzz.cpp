// From path, query and body to a request message, over all routes of the API.
// Input: "METHOD target\n" and then the body.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/check.h"
#include "libs/base/strings.h"
#include "services/gateway/descriptors/descriptors.h"
#include "services/gateway/transcode/request_builder.h"
#include "services/gateway/transcode/route_table.h"

namespace varsam::gateway {
namespace {

constexpr const char* kServices[] = {
    "varsam.consent.v1.ConsentService", "varsam.registry.v1.RegistryService",
    "varsam.requests.v1.RequestsService", "varsam.retention.v1.RetentionService"};

struct Ground {
  Ground() : pool(*BuildPool(EmbeddedDescriptors())), codec(*pool) {
    std::vector<const google::protobuf::ServiceDescriptor*> services;
    for (const char* name : kServices) {
      services.push_back(pool->FindServiceByName(name));
      VARSAM_CHECK(services.back() != nullptr) << name;
    }
    auto built = RouteTable::Build(services);
    VARSAM_CHECK(built.ok()) << built.status().message();
    table = std::make_unique<RouteTable>(*std::move(built));
  }
  std::unique_ptr<google::protobuf::DescriptorPool> pool;
  JsonCodec codec;
  std::unique_ptr<RouteTable> table;
};

void Try(std::string_view text) {
  static const Ground* ground = new Ground;
  const std::string_view line = text.substr(0, text.find('\n'));
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return;
  const std::string_view method = line.substr(0, blank);
  const std::string_view target = line.substr(blank + 1);
  const size_t mark = target.find('?');
  RouteMatch match = ground->table->router.Find(method, target.substr(0, mark));
  if (match.kind != RouteMatch::Kind::kFound) return;
  for (const auto& [field, value] : match.variables) {
    VARSAM_CHECK(!value.empty() && IsCleanUtf8(value)) << field;
  }
  RequestParts parts;
  parts.variables = std::move(match.variables);
  if (mark != std::string_view::npos) parts.query = target.substr(mark + 1);
  parts.body = line.size() < text.size() ? text.substr(line.size() + 1) : "";
  parts.form = parts.body.starts_with("List-");
  parts.idempotency_key = parts.body.substr(0, 40);
  const Route& route = ground->table->routes[match.route];
  const auto message = BuildRequest(route, ground->codec, parts);
  if (!message.ok()) return;
  VARSAM_CHECK((*message)->GetDescriptor() == route.method->input_type()) << "another message";
}

}  // namespace
}  // namespace varsam::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varsam::gateway::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
