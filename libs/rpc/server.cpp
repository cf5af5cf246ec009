#include "libs/rpc/server.h"

#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc/grpc.h"
#include "grpcpp/ext/health_check_service_server_builder_option.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/obs/admin.h"
#include "libs/obs/log.h"
#include "libs/rpc/call.h"
#include "libs/rpc/tls.h"

namespace varsam::rpc {
namespace {

constexpr size_t kMemoryBytesMax = 256 * 1024 * 1024;  // gRPC's own buffers
constexpr int kHandshakeMsMax = 5'000;
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kClientPingMsMin = 5'000;  // our channels ping every 10 s
constexpr int kConnectionGraceMs = 600'000;  // a feed's stream may run to its deadline
constexpr int kHealthMessageBytesMax = 4 * 1024;

class CallContexts final : public grpc::ContextAllocator {
 public:
  explicit CallContexts(obs::Counter& not_admitted) : not_admitted_(not_admitted) {}
  grpc::CallbackServerContext* NewCallbackServerContext() override { return new CallContext(); }
  void Release(grpc::CallbackServerContext* context) override {
    auto* const ours = static_cast<CallContext*>(context);
    const bool was_a_call = ours->c_call() != nullptr;
    if (!ours->call.Release() && was_a_call) {
      not_admitted_.Add();
      obs::Log(obs::Level::kError, "call_not_admitted");
    }
    delete ours;
  }

 private:
  obs::Counter& not_admitted_;
};

std::string Address(const std::string& bind, uint16_t port) {
  const bool v6 = bind.find(':') != std::string::npos;
  return v6 ? absl::StrCat("[", bind, "]:", port) : absl::StrCat(bind, ":", port);
}

void SetLimits(const ServerConfig& config, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(config.message_bytes_max);
  builder.SetMaxSendMessageSize(config.message_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, config.metadata_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, config.concurrent_streams_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             static_cast<int>(config.connection_age_max / absl::Milliseconds(1)));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionGraceMs);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMsMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kClientPingMsMin);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota(config.service);
  quota.Resize(kMemoryBytesMax);
  builder.SetResourceQuota(quota);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(const ServerConfig& config,
                                                                     Admission& admission) {
  if (config.tls) return NewServerCredentials(*config.tls, config.service);
  if (config.environment == Environment::kProduction || config.insecure_peer.empty()) {
    return absl::InvalidArgumentError(
        "a server without TLS is for development, and needs a name for its peers");
  }
  admission.TrustInsecurePeer(config.insecure_peer);
  return grpc::InsecureServerCredentials();
}

}  // namespace

struct Server::Parts {
  ServerConfig config;
  Admission* admission = nullptr;
  grpc::CallbackGenericService nothing_else;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<grpc::Server> health;
  std::unique_ptr<obs::Admin> admin;
  int port = 0;
  int health_port = 0;
  std::once_flag drained;

  absl::Status StartMain(obs::Metrics& metrics, const std::vector<grpc::Service*>& services) {
    ASSIGN_OR_RETURN(const auto credentials, Credentials(config, *admission));
    grpc::ServerBuilder builder;
    SetLimits(config, builder);
    builder.SetOption(std::make_unique<grpc::HealthCheckServiceServerBuilderOption>(nullptr));
    builder.SetContextAllocator(std::make_unique<CallContexts>(metrics.AddCounter(
        "varsam_rpc_not_admitted_total", "Calls that no shell admitted: unimplemented or a bug")));
    builder.AddListeningPort(Address(config.bind, config.port), credentials, &port);
    for (grpc::Service* service : services) builder.RegisterService(service);
    server = builder.BuildAndStart();
    return CheckTaken(server != nullptr && port != 0, config.port);
  }

  // A server object of its own: a second port on the main one would show every rpc in the clear.
  absl::Status StartHealth() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(kHealthMessageBytesMax);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 16);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    // Answers UNIMPLEMENTED to all but health, and makes gRPC serve this port with its own threads.
    builder.RegisterCallbackGenericService(&nothing_else);
    builder.AddListeningPort(Address(config.bind, config.health_port),
                             grpc::InsecureServerCredentials(), &health_port);
    health = builder.BuildAndStart();
    return CheckTaken(health != nullptr && health_port != 0, config.health_port);
  }

  absl::Status CheckTaken(bool started, uint16_t wanted) const {
    if (started) return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat("port ", Address(config.bind, wanted), " cannot be taken"));
  }

  void SetServing(bool serving) {
    grpc::HealthCheckServiceInterface* const service = health->GetHealthCheckService();
    service->SetServingStatus("", serving);
    service->SetServingStatus(config.service, serving);
  }

  void Drain(absl::Duration notice, absl::Duration patience) {
    SetServing(false);
    if (notice > absl::ZeroDuration()) absl::SleepFor(notice);
    admission->Drain();
    server->Shutdown(absl::ToChronoTime(SystemClock().Now() + patience));
    health->Shutdown(absl::ToChronoTime(SystemClock().Now()));
  }
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerConfig& config,
                                                      Admission& admission,
                                                      std::shared_ptr<obs::Metrics> metrics,
                                                      std::vector<grpc::Service*> services) {
  auto parts = std::make_unique<Parts>();
  parts->config = config;
  parts->admission = &admission;
  RETURN_IF_ERROR(parts->StartHealth());
  parts->SetServing(false);
  ASSIGN_OR_RETURN(parts->admin, obs::Admin::Start(config.bind, config.admin_port, metrics));
  RETURN_IF_ERROR(parts->StartMain(*metrics, services));
  obs::Log(obs::Level::kInfo, "server_started",
           {obs::F("port", parts->port), obs::F("health_port", parts->health_port),
            obs::F("admin_port", static_cast<int>(parts->admin->port())),
            obs::F("tls", config.tls.has_value())});
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
  std::call_once(parts_->drained,
                 [this] { parts_->Drain(absl::ZeroDuration(), absl::ZeroDuration()); });
}

uint16_t Server::port() const { return static_cast<uint16_t>(parts_->port); }
uint16_t Server::health_port() const { return static_cast<uint16_t>(parts_->health_port); }
uint16_t Server::admin_port() const { return parts_->admin->port(); }
void Server::SetServing(bool serving) { parts_->SetServing(serving); }

void Server::Drain() {
  std::call_once(parts_->drained, [this] {
    parts_->Drain(parts_->config.drain_notice, parts_->config.drain_max);
  });
}

}  // namespace varsam::rpc
