#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <sodium.h>

#include "absl/synchronization/mutex.h"
#include "libs/obs/log.h"
#include "libs/rpc/server.h"
#include "libs/rpc/tls.h"

namespace varsam::rpc {
namespace {

sigset_t EndSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

// A core file or a debugger would hold keys and personal data.
absl::Status ForbidCores() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return absl::InternalError("core files cannot be forbidden");
  }
  return absl::OkStatus();
}

}  // namespace

void ForgetLockOrder() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

absl::Status PrepareProcess(const ServerConfig& config) {
  const sigset_t ends = EndSignals();
  if (pthread_sigmask(SIG_BLOCK, &ends, nullptr) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
    return absl::InternalError("signals cannot be set up");
  }
  if (sodium_init() < 0) return absl::InternalError("libsodium cannot start");
  AllowTls13Only();
  ForgetLockOrder();
  obs::StartLog({.level = config.log_level, .service = config.service});
  if (config.environment == Environment::kProduction) return ForbidCores();
  return absl::OkStatus();
}

int Run(Server& server) {
  const sigset_t ends = EndSignals();
  int signal = 0;
  while (sigwait(&ends, &signal) != 0) {
  }
  obs::Log(obs::Level::kInfo, "drain_started", {obs::F("signal", signal)});
  server.Drain();
  obs::Log(obs::Level::kInfo, "drain_finished");
  obs::FlushLog();
  return 0;
}

}  // namespace varsam::rpc
