#include <cstdio>

#include "services/consent/app.h"
#include "services/consent/config.h"

namespace varsam::consent {
namespace {

absl::StatusOr<host::HostConfig> LoadHostConfig(const rpc::Lookup& lookup) {
  absl::StatusOr<Config> config = LoadConfig(lookup);
  if (!config.ok()) return config.status();
  return std::move(config->host);
}

int Serve() {
  absl::StatusOr<Config> config = LoadConfig(Environment());
  if (!config.ok()) return 2;
  absl::StatusOr<std::unique_ptr<App>> app = App::Start(*std::move(config));
  if (!app.ok()) {
    std::fprintf(stderr, "varsam-consent: %s\n", std::string(app.status().message()).c_str());
    return 1;
  }
  return (*app)->Serve();
}

}  // namespace
}  // namespace varsam::consent

int main(int argc, char** argv) {
  namespace consent = varsam::consent;
  return varsam::host::Main(argc, argv,
                            {.name = "varsam-consent",
                             .migrations = &consent::Migrations(),
                             .load = consent::LoadHostConfig,
                             .serve = consent::Serve},
                            consent::Environment());
}
