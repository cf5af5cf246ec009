#include "services/retention/config.h"

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::retention {
namespace {

absl::Status ReadCap(const rpc::Lookup& lookup, std::string_view name, uint32_t& cap) {
  const std::optional<std::string> text = lookup(name);
  if (!text) return absl::OkStatus();
  uint32_t value = 0;
  if (!absl::SimpleAtoi(*text, &value) || value < 1 || value > 20'000) {
    return InvalidField(name, "want 1..20000");
  }
  cap = value;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const rpc::Lookup& lookup) {
  Config config;
  ASSIGN_OR_RETURN(config.host, host::HostConfigFromLookup(lookup, "retention", kPortOffset));
  ASSIGN_OR_RETURN(config.registry_address,
                   host::AddressFromLookup(lookup, "VARSAM_SUBJECT_REGISTRY_ADDRESS"));
  ASSIGN_OR_RETURN(config.consent_address,
                   host::AddressFromLookup(lookup, "VARSAM_CONSENT_ADDRESS"));
  ASSIGN_OR_RETURN(config.requests_address,
                   host::AddressFromLookup(lookup, "VARSAM_REQUEST_WORKFLOW_ADDRESS"));
  RETURN_IF_ERROR(
      ReadCap(lookup, "VARSAM_DISPOSAL_ITEMS_PER_RUN_MAX", config.disposal_items_max));
  RETURN_IF_ERROR(
      ReadCap(lookup, "VARSAM_DISPOSAL_PEOPLE_PER_RUN_MAX", config.disposal_people_max));
  config.check_clocks = config.host.server.clock_file.empty();
  return config;
}

rpc::Lookup Environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

}  // namespace varsam::retention
