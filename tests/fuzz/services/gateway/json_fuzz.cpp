// The body of a REST call: the guard, and behind it the parsers it guards. What the guard lets
// through is JSON; what then becomes a message can be written again, and the guard likes that too.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libs/base/check.h"
#include "nlohmann/json.hpp"
#include "services/gateway/descriptors/descriptors.h"
#include "services/gateway/transcode/json_codec.h"
#include "services/gateway/transcode/json_guard.h"

namespace varsam::gateway {
namespace {

constexpr const char* kTypes[] = {
    "varsam.consent.v1.RecordConsentRequest", "varsam.requests.v1.SubmitRequestRequest",
    "varsam.registry.v1.RegisterSubjectRequest", "varsam.retention.v1.RecordSignalsRequest"};

struct Ground {
  Ground() : pool(*BuildPool(EmbeddedDescriptors())), codec(*pool) {}
  std::unique_ptr<google::protobuf::DescriptorPool> pool;
  JsonCodec codec;
};

void Try(std::string_view text) {
  if (!GuardJson(text).ok()) return;
  VARSAM_CHECK(!nlohmann::json::parse(text, nullptr, false).is_discarded()) << "not JSON";
  static const Ground* ground = new Ground;
  for (const char* name : kTypes) {
    const auto* type = ground->pool->FindMessageTypeByName(name);
    VARSAM_CHECK(type != nullptr) << name;
    const auto message = ground->codec.New(*type);
    if (!ground->codec.Parse(text, *message).ok()) continue;
    const auto again = ground->codec.ToJson(*type, message->SerializeAsString());
    VARSAM_CHECK(again.ok()) << "a message that cannot be written";
    VARSAM_CHECK(nlohmann::json::accept(*again)) << "an answer that is not JSON";
  }
}

}  // namespace
}  // namespace varsam::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varsam::gateway::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
