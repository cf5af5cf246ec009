#include "services/subject_registry/config.h"

#include <cstdlib>
#include <string>

namespace varsam::registry {

absl::StatusOr<host::HostConfig> LoadConfig(const rpc::Lookup& lookup) {
  return host::HostConfigFromLookup(lookup, "subject-registry", kPortOffset);
}

rpc::Lookup Environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

}  // namespace varsam::registry
