#include "services/consent/config.h"

#include <cstdlib>

#include "libs/base/status_macros.h"

namespace varsam::consent {

absl::StatusOr<Config> LoadConfig(const rpc::Lookup& lookup) {
  Config config;
  ASSIGN_OR_RETURN(config.host, host::HostConfigFromLookup(lookup, "consent", kPortOffset));
  ASSIGN_OR_RETURN(config.registry_address,
                   host::AddressFromLookup(lookup, "VARSAM_SUBJECT_REGISTRY_ADDRESS"));
  ASSIGN_OR_RETURN(config.requests_address,
                   host::AddressFromLookup(lookup, "VARSAM_REQUEST_WORKFLOW_ADDRESS"));
  ASSIGN_OR_RETURN(config.retention_address,
                   host::AddressFromLookup(lookup, "VARSAM_RETENTION_ADDRESS"));
  return config;
}

rpc::Lookup Environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

}  // namespace varsam::consent
