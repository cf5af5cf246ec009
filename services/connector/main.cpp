#include <cstdio>
#include <string>

#include "libs/rpc/server.h"
#include "services/connector/app.h"
#include "services/connector/config.h"

namespace varsam::connector {
namespace {

int Complain(const absl::Status& status, int code) {
  std::fprintf(stderr, "varsam-connector: %s\n", std::string(status.message()).c_str());
  return code;
}

int Main(const std::string& verb) {
  if (verb != "run" && verb != "check" && verb != "sync-once") {
    std::fprintf(stderr, "varsam-connector: usage: run | check | sync-once\n");
    return 2;
  }
  const absl::StatusOr<Config> config = LoadConfig(Environment());
  if (!config.ok()) return Complain(config.status(), 2);
  if (absl::Status ready = rpc::PrepareProcess(config->process); !ready.ok()) {
    return Complain(ready, 1);
  }
  if (verb == "run") return Run(*config);
  const absl::Status done = verb == "check" ? Check(*config) : SyncOnce(*config);
  return done.ok() ? 0 : Complain(done, 1);
}

}  // namespace
}  // namespace varsam::connector

int main(int argc, char** argv) { return varsam::connector::Main(argc == 2 ? argv[1] : ""); }
