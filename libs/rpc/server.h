// A service's ports: mTLS gRPC, plaintext health, admin. Limits of the wire as in ServerConfig.
//
//   rpc::PrepareProcess(config);                    // first thing in main: before any thread
//   auto server = rpc::Server::Start(config, admission, metrics, {&consent, &ledger});
//   (*server)->SetServing(true);                    // when schema, pool and views are ready
//   return rpc::Run(**server);                      // SIGTERM → NOT_SERVING → drain → 0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/impl/service_type.h"
#include "libs/obs/metrics.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/server_config.h"

namespace varsam::rpc {

class Server {
 public:
  // Ports answer when this returns; health says NOT_SERVING. INVALID_ARGUMENT for certificates that
  // cannot work (missing, expired, foreign key, not exactly the own URI SAN), UNAVAILABLE when a
  // port is taken. `admission` and the services must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerConfig& config,
                                                       Admission& admission,
                                                       std::shared_ptr<obs::Metrics> metrics,
                                                       std::vector<grpc::Service*> services);
  // Drains with no patience.
  ~Server();

  uint16_t port() const;
  uint16_t health_port() const;
  uint16_t admin_port() const;

  // Readiness, for "" and for the service's name. Never depends on other services.
  void SetServing(bool serving);
  // NOT_SERVING, wait drain_notice, end the streams, let calls in flight finish within drain_max,
  // cancel the rest. Idempotent; returns when no handler runs any more.
  void Drain();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Blocks SIGTERM and SIGINT for Run, ignores SIGPIPE, starts libsodium and the log, allows TLS 1.3
// only; in production no core files and no ptrace (a core would hold keys). Before any thread.
absl::Status PrepareProcess(const ServerConfig& config);

// Part of PrepareProcess. Debian's Abseil is built with its debugging aids: it enters every lock,
// gRPC's too, into one global graph to find cycles. Tests keep that; a process that serves does
// not pay for it.
void ForgetLockOrder();

// Waits for SIGTERM or SIGINT, then drains. Returns the exit code of the process: 0.
int Run(Server& server);

}  // namespace varsam::rpc
