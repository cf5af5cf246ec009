#include <cstdio>

#include "services/subject_registry/app.h"
#include "services/subject_registry/config.h"

namespace varsam::registry {
namespace {

int Serve() {
  absl::StatusOr<host::HostConfig> config = LoadConfig(Environment());
  if (!config.ok()) return 2;
  absl::StatusOr<std::unique_ptr<App>> app = App::Start(*std::move(config));
  if (!app.ok()) {
    std::fprintf(stderr, "varsam-subject-registry: %s\n",
                 std::string(app.status().message()).c_str());
    return 1;
  }
  return (*app)->Serve();
}

}  // namespace

int Main(int argc, char** argv) {
  return host::Main(argc, argv,
                    {.name = "varsam-subject-registry",
                     .migrations = &Migrations(),
                     .load = LoadConfig,
                     .serve = Serve},
                    Environment());
}

}  // namespace varsam::registry

int main(int argc, char** argv) { return varsam::registry::Main(argc, argv); }
