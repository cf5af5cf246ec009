#include "services/gateway/app.h"

#include <sys/resource.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/str_cat.h"
#include "google/api/annotations.pb.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/obs/admin.h"
#include "libs/obs/log.h"
#include "libs/rpc/channel.h"
#include "services/gateway/descriptors/descriptors.h"
#include "services/gateway/rest/answers.h"
#include "services/gateway/rest/rest.h"

namespace varsam::gateway {
namespace {

RestConfig RestConfigOf(const Config& config) {
  RestConfig rest;
  rest.services = {{"varsam.consent.v1.ConsentService", "consent"},
                   {"varsam.registry.v1.RegistryService", "subject-registry"},
                   {"varsam.requests.v1.RequestsService", "request-workflow"},
                   {"varsam.retention.v1.RetentionService", "retention"}};
  rest.ledgers = {{"consent", "consent"},
                  {"registry", "subject-registry"},
                  {"requests", "request-workflow"},
                  {"retention", "retention"}};
  rest.public_calls_per_second = config.public_calls_per_second;
  return rest;
}

absl::StatusOr<std::string> ReadFile(const std::string& path, const char* variable) {
  std::ifstream in(path, std::ios::binary);
  if (!in.is_open()) return InvalidField(variable, path + " cannot be read");
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

// What may be tried again when a service restarts: reads, and writes that carry a request_id.
std::vector<std::string> RetriedMethods(const RestConfig& rest,
                                        const google::protobuf::DescriptorPool& pool,
                                        const std::string& channel) {
  std::vector<std::string> methods;
  for (const auto& [name, service_channel] : rest.services) {
    const auto* service = pool.FindServiceByName(name);
    if (service_channel != channel || service == nullptr) continue;
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      const bool read = method.options().GetExtension(google::api::http).has_get();
      if (!read && method.input_type()->FindFieldByName("request_id") == nullptr) continue;
      methods.push_back(absl::StrCat(name, "/", method.name()));
    }
  }
  return methods;
}

// One descriptor a connection: take as many as the system lets us.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

struct App::Parts {
  Config config;
  std::shared_ptr<obs::Metrics> metrics = std::make_shared<obs::Metrics>();
  std::unique_ptr<Clock> file_clock;
  std::optional<rpc::CallerSigner> signer;
  std::unique_ptr<google::protobuf::DescriptorPool> pool;
  std::unique_ptr<JwksRefresher> refresher;
  std::unique_ptr<TokenVerifier> tokens;
  std::shared_ptr<grpc::Channel> consent;
  std::unique_ptr<KeptDecisions> kept;
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Rest> rest;
  std::unique_ptr<obs::Admin> admin;
  std::unique_ptr<HttpServer> http;

  absl::Status Prepare();
  absl::Status Open();
};

// Everything but ports and threads.
absl::Status App::Parts::Prepare() {
  if (!config.process.clock_file.empty()) {
    ASSIGN_OR_RETURN(file_clock, NewFileClock(config.process.clock_file));
  }
  if (!config.caller_signing_key_file.empty()) {
    ASSIGN_OR_RETURN(const std::string pem,
                     ReadFile(config.caller_signing_key_file, "VARSAM_CALLER_SIGNING_KEY"));
    ASSIGN_OR_RETURN(signer, rpc::CallerSigner::FromPem(pem));
  }
  ASSIGN_OR_RETURN(pool, BuildPool(EmbeddedDescriptors()));
  const RestConfig rest_config = RestConfigOf(config);
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels;
  for (const auto& [service, target] : config.targets) {
    ASSIGN_OR_RETURN(
        channels[service],
        rpc::NewChannel({.service = service,
                         .target = target,
                         .tls = config.process.tls,
                         .retry_methods = RetriedMethods(rest_config, *pool, service)}));
  }
  consent = channels["consent"];
  refresher = std::make_unique<JwksRefresher>(config.jwks);
  tokens = std::make_unique<TokenVerifier>(
      config.issuers, [this](const std::string& issuer) { refresher->Nudge(issuer); });
  backend = std::make_unique<Backend>(std::move(channels), signer ? &*signer : nullptr, *metrics);
  ASSIGN_OR_RETURN(const std::string yaml, ReadFile(config.promises_file, "VARSAM_PROMISES_FILE"));
  ASSIGN_OR_RETURN(auto promises, ParsePromises(yaml));
  const Clock& clock = file_clock != nullptr ? *file_clock : SystemClock();
  ASSIGN_OR_RETURN(rest,
                   Rest::Build(rest_config, *pool, *backend, *tokens, std::move(promises), clock));
  return absl::OkStatus();
}

absl::Status App::Parts::Open() {
  RaiseDescriptorLimit();
  RETURN_IF_ERROR(refresher->Start(*tokens));
  const Clock& clock = file_clock != nullptr ? *file_clock : SystemClock();
  kept = std::make_unique<KeptDecisions>(consent, clock, *metrics);
  rest->GiveAgain(kept.get());
  ASSIGN_OR_RETURN(
      http, HttpServer::Start(
                config.http,
                [rest = rest.get()](HttpRequest request, std::shared_ptr<Responder> responder) {
                  rest->Handle(std::move(request), std::move(responder));
                },
                [](const absl::Status& status) {
                  return ProblemAnswer(status, obs::NewTrace(), false);
                }));
  metrics->AddGaugeReader("varsam_gateway_connections", "Open HTTP connections", {},
                          [server = http.get()] { return double(server->connections()); });
  ASSIGN_OR_RETURN(admin,
                   obs::Admin::Start(config.process.bind, config.process.admin_port, metrics));
  rest->SetReady(true);
  return absl::OkStatus();
}

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

absl::StatusOr<std::unique_ptr<App>> App::Start(const Config& config) {
  auto parts = std::make_unique<Parts>();
  parts->config = config;
  RETURN_IF_ERROR(parts->Prepare());
  RETURN_IF_ERROR(parts->Open());
  return std::unique_ptr<App>(new App(std::move(parts)));
}

App::~App() { Drain(); }

uint16_t App::port() const { return parts_->http->port(); }
uint16_t App::admin_port() const { return parts_->admin->port(); }

void App::Drain() {
  if (parts_->http == nullptr) return;
  parts_->rest->SetReady(false);
  std::this_thread::sleep_for(absl::ToChronoMilliseconds(parts_->config.process.drain_notice));
  parts_->http->Drain(parts_->config.process.drain_max);
  // Calls end by their own deadline; their answers go to connections that are closed.
  parts_->backend->WaitIdle(absl::Seconds(10));
  parts_->admin.reset();
  parts_->http.reset();
}

absl::Status CheckConfig(const Config& config) {
  App::Parts parts;
  parts.config = config;
  RETURN_IF_ERROR(parts.Prepare());
  for (const JwksSource& source : config.jwks) {
    if (source.location.find("://") != std::string::npos) continue;
    ASSIGN_OR_RETURN(const std::string text, ReadJwks(source));
    RETURN_IF_ERROR(KeySet::Parse(text).status());
  }
  return absl::OkStatus();
}

}  // namespace varsam::gateway
