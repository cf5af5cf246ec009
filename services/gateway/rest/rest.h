// REST on one side, the services on the other: authenticate, authorise, transcode, call, answer.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "services/gateway/auth/rate_limit.h"
#include "services/gateway/auth/sessions.h"
#include "services/gateway/auth/token_verifier.h"
#include "services/gateway/backend/backend.h"
#include "services/gateway/http/message.h"
#include "services/gateway/rest/kept_decisions.h"
#include "services/gateway/rest/promises.h"
#include "services/gateway/transcode/json_codec.h"
#include "services/gateway/transcode/json_guard.h"
#include "services/gateway/transcode/route_table.h"

namespace varsam::gateway {

struct RestConfig {
  // Proto service → channel name ("varsam.consent.v1.ConsentService" → "consent").
  std::map<std::string, std::string> services;
  // First word of /ledger/… → channel name.
  std::map<std::string, std::string> ledgers;
  absl::Duration call_limit = absl::Seconds(8);
  absl::Duration stream_limit = absl::Minutes(5);  // then the client connects again
  absl::Duration heartbeat = absl::Seconds(15);
  double public_calls_per_second = 5;  // per client address
  int public_burst = 50;
  double calls_per_second = 5000;  // per principal
  int burst = 5000;
  JsonLimits json;
};

class Rest {
 public:
  // INVALID_ARGUMENT when a rule is wrong (RouteTable::Build), a service is not in the pool, or an
  // RPC with an HTTP rule has no row in the operation table (OPERATION_WITHOUT_ROLES). Everything
  // passed by reference must outlive the object; `clock` is the scenario's, tokens go by real time.
  static absl::StatusOr<std::unique_ptr<Rest>> Build(RestConfig config,
                                                     const google::protobuf::DescriptorPool& pool,
                                                     Backend& backend, TokenVerifier& tokens,
                                                     std::vector<Promise> promises,
                                                     const Clock& clock);

  // The HTTP server's handler. Never blocks.
  void Handle(HttpRequest request, std::shared_ptr<Responder> responder);

  // Decisions are given again from there. Before the first request; outlives this object.
  void GiveAgain(KeptDecisions* kept) { kept_ = kept; }

  // What /readyz says.
  void SetReady(bool ready) { ready_ = ready; }

 private:
  struct Exchange;
  class FileStream;
  using Shared = std::shared_ptr<Exchange>;

  Rest(RestConfig config, const google::protobuf::DescriptorPool& pool, Backend& backend,
       TokenVerifier& tokens, std::vector<Promise> promises, const Clock& clock);

  bool HandleOwn(const Shared& exchange);
  bool HandleHealth(const Shared& exchange);
  absl::StatusOr<Principal> Authenticate(const HttpRequest& request);
  absl::Status Admit(const Exchange& exchange, const Route& route);
  absl::Status HandleRoute(const Shared& exchange);
  absl::Status KeepToOwnCase(const Exchange& exchange, google::protobuf::Message& message) const;
  void CallUnary(const Shared& exchange, BackendCall call);
  void CallStream(const Shared& exchange, BackendCall call);
  void Finish(Exchange& exchange, std::string wire);
  // The answer as a file, in as many pieces as it comes (file_answer.cpp).
  void CallFile(const Shared& exchange, BackendCall call);
  absl::StatusOr<HttpResponse> Render(const Exchange& exchange, std::string wire);
  absl::Status OpenSession(const google::protobuf::Message& message, HttpResponse& response);

  bool HandleCasePages(const Shared& exchange);
  void RequestsCall(
      const Shared& exchange, const char* rpc, const char* field, const std::string& value,
      std::function<absl::StatusOr<HttpResponse>(const google::protobuf::Message&)> render);
  bool HandleLedger(const Shared& exchange);
  void VerifyLedger(const Shared& exchange, const std::string& channel);
  void LedgerCall(const Shared& exchange, const std::string& channel, const char* method,
                  std::string request, std::function<HttpResponse(std::string wire)> render);
  void HandlePromises(const Shared& exchange);

  const RestConfig config_;
  const google::protobuf::DescriptorPool& pool_;
  Backend& backend_;
  TokenVerifier& tokens_;
  const std::vector<Promise> promises_;
  const Clock& clock_;
  JsonCodec codec_;
  std::unique_ptr<RouteTable> table_;
  std::vector<std::vector<std::string>> roles_;  // by route
  std::string openapi_;
  Sessions sessions_;
  RateLimit public_limit_;
  RateLimit limit_;
  KeptDecisions* kept_ = nullptr;
  std::atomic<bool> ready_{false};
};

}  // namespace varsam::gateway
