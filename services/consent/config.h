// The consent service's configuration: what every service needs (libs/host/host_config.h) and
// where the ledgers are that it follows.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/host/host_config.h"

namespace varsam::consent {

inline constexpr uint16_t kPortOffset = 10;

struct Config {
  host::HostConfig host;
  // VARSAM_SUBJECT_REGISTRY_ADDRESS, VARSAM_REQUEST_WORKFLOW_ADDRESS, VARSAM_RETENTION_ADDRESS:
  // "host:port", required.
  std::string registry_address, requests_address, retention_address;
};

absl::StatusOr<Config> LoadConfig(const rpc::Lookup& lookup);
// The process environment, as a look-up.
rpc::Lookup Environment();

}  // namespace varsam::consent
