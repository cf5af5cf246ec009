// A policy document, as POST /v1/policies:apply brings it.
#include <cstdint>
#include <string_view>

#include "libs/base/check.h"
#include "services/subject_registry/model/parse_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto policy = varsam::registry::ParsePolicy({reinterpret_cast<const char*>(data), size});
  VARSAM_CHECK(policy.ok() || !policy.status().message().empty()) << "refused without a word";
  return 0;
}
