// The registry put together. The only file that names its concrete classes.
#pragma once

#include <memory>

#include "libs/host/host.h"
#include "services/subject_registry/rpc/registry_service.h"
#include "services/subject_registry/store/postgres_registry_store.h"

namespace varsam::registry {

class App {
 public:
  // Opens everything and the ports; health stays NOT_SERVING until Serve.
  static absl::StatusOr<std::unique_ptr<App>> Start(host::HostConfig config);
  host::Host& host() { return *host_; }
  int Serve() { return host_->Serve(); }
  ~App();

 private:
  App() = default;
  PostgresRegistryStore store_;
  std::unique_ptr<host::Host> host_;
  std::unique_ptr<RegistryService> service_;
};

}  // namespace varsam::registry
