#include <cstdio>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/rpc/server.h"
#include "services/connector/app.h"
#include "services/connector/config.h"

namespace varsam::connector {
namespace {

int Complain(const absl::Status& status, int code) {
  std::fprintf(stderr, "varsam-connector: %s\n", std::string(status.message()).c_str());
  return code;
}

constexpr char kUsage[] =
    "varsam-connector: usage: run | check | sync-once | announce-restore SYSTEM TIME\n"
    "  TIME: when the backup was taken, RFC 3339 with its zone\n";

int Main(const std::vector<std::string>& arguments) {
  const std::string verb = arguments.empty() ? "" : arguments[0];
  const bool restore = verb == "announce-restore" && arguments.size() == 3;
  const bool plain =
      arguments.size() == 1 && (verb == "run" || verb == "check" || verb == "sync-once");
  absl::Time taken_at;
  std::string error;
  if ((!restore && !plain) ||
      (restore && !absl::ParseTime(absl::RFC3339_full, arguments[2], &taken_at, &error))) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  const absl::StatusOr<Config> config = LoadConfig(Environment());
  if (!config.ok()) return Complain(config.status(), 2);
  if (absl::Status ready = rpc::PrepareProcess(config->process); !ready.ok()) {
    return Complain(ready, 1);
  }
  if (verb == "run") return Run(*config);
  const absl::Status done = verb == "check" ? Check(*config)
                            : verb == "sync-once"
                                ? SyncOnce(*config)
                                : AnnounceRestore(*config, arguments[1], taken_at);
  return done.ok() ? 0 : Complain(done, 1);
}

}  // namespace
}  // namespace varsam::connector

int main(int argc, char** argv) { return varsam::connector::Main({argv + 1, argv + argc}); }
