#include <cstdio>
#include <string_view>

#include "services/request_workflow/app.h"
#include "services/request_workflow/config.h"
#include "services/request_workflow/mail/read_apart.h"

namespace varsam::requests {
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
    std::fprintf(stderr, "varsam-request-workflow: %s\n",
                 std::string(app.status().message()).c_str());
    return 1;
  }
  return (*app)->Serve();
}

}  // namespace
}  // namespace varsam::requests

int main(int argc, char** argv) {
  namespace requests = varsam::requests;
  if (argc == 2 && std::string_view(argv[1]) == requests::kReadMailVerb) {
    return requests::ReadMailMain();
  }
  return varsam::host::Main(argc, argv,
                            {.name = "varsam-request-workflow",
                             .migrations = &requests::Migrations(),
                             .load = requests::LoadHostConfig,
                             .serve = requests::Serve},
                            requests::Environment());
}
