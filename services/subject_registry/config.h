// The registry's configuration: what every service needs (libs/host/host_config.h), nothing more.
#pragma once

#include "absl/status/statusor.h"
#include "libs/host/host_config.h"

namespace varsam::registry {

inline constexpr uint16_t kPortOffset = 20;

absl::StatusOr<host::HostConfig> LoadConfig(const rpc::Lookup& lookup);
// The process environment, as a look-up.
rpc::Lookup Environment();

}  // namespace varsam::registry
