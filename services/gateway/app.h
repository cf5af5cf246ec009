// The wiring of the gateway.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/gateway/config.h"

namespace varsam::gateway {

class App {
 public:
  // Everything that can be wrong is found here: keys, certificates, rules, roles, the promises
  // file. Ports answer when this returns, and /readyz says ready.
  static absl::StatusOr<std::unique_ptr<App>> Start(const Config& config);
  ~App();  // Drain

  uint16_t port() const;
  uint16_t admin_port() const;  // 0 when the configuration has none

  // /readyz says no; wait drain_notice; no new connections; calls in flight finish within
  // drain_max.
  void Drain();

 private:
  friend absl::Status CheckConfig(const Config& config);
  struct Parts;
  explicit App(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// What Start would refuse, without opening a port.
absl::Status CheckConfig(const Config& config);

}  // namespace varsam::gateway
