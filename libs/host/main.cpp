#include <cstdio>
#include <string>

#include "libs/host/host.h"

namespace varsam::host {
namespace {

int Complain(const Program& program, std::string_view what, int code) {
  std::fprintf(stderr, "%s: %.*s\n", program.name.c_str(), static_cast<int>(what.size()),
               what.data());
  return code;
}

}  // namespace

int Main(int argc, char** argv, const Program& program, const rpc::Lookup& lookup) {
  const std::string verb = argc == 2 ? argv[1] : "";
  if (verb != "serve" && verb != "migrate" && verb != "--check-config") {
    return Complain(program, "usage: serve | migrate | --check-config", 2);
  }
  absl::StatusOr<HostConfig> config = program.load(lookup);
  if (!config.ok()) return Complain(program, std::string(config.status().message()), 2);
  if (verb == "--check-config") return 0;
  if (absl::Status prepared = rpc::PrepareProcess(config->server); !prepared.ok()) {
    return Complain(program, std::string(prepared.message()), 1);
  }
  if (verb == "migrate") {
    const absl::Status migrated = Migrate(*config, *program.migrations);
    if (!migrated.ok()) return Complain(program, std::string(migrated.message()), 1);
    return 0;
  }
  return program.serve();
}

}  // namespace varsam::host
