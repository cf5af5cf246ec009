#include <cstdio>

#include "services/retention/app.h"
#include "services/retention/config.h"

namespace varsam::retention {
namespace {

int Serve() {
  absl::StatusOr<Config> config = LoadConfig(Environment());
  if (!config.ok()) return 2;
  absl::StatusOr<std::unique_ptr<App>> app = App::Start(*std::move(config));
  if (!app.ok()) {
    std::fprintf(stderr, "varsam-retention: %s\n",
                 std::string(app.status().message()).c_str());
    return 1;
  }
  return (*app)->Serve();
}

}  // namespace

int Main(int argc, char** argv) {
  return host::Main(argc, argv,
                    {.name = "varsam-retention",
                     .migrations = &Migrations(),
                     .load = [](const rpc::Lookup& lookup) -> absl::StatusOr<host::HostConfig> {
                       absl::StatusOr<Config> config = LoadConfig(lookup);
                       if (!config.ok()) return config.status();
                       return std::move(config->host);
                     },
                     .serve = Serve},
                    Environment());
}

}  // namespace varsam::retention

int main(int argc, char** argv) { return varsam::retention::Main(argc, argv); }
