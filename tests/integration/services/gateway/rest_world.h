// The whole gateway over loopback, before services whose answers the test writes: real sockets,
// real gRPC, real tokens, the caller's assertion verified as a service does.
#pragma once

#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch.hpp"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/rpc/assertion.h"
#include "libs/rpc/status.h"
#include "services/gateway/app.h"
#include "tests/integration/services/gateway/http_client.h"
#include "tests/integration/services/gateway/signer.h"
#include "tests/support/pki.h"
#include "varsam/consent/v1/consent_service.grpc.pb.h"
#include "varsam/ledger/v1/ledger_service.grpc.pb.h"
#include "varsam/requests/v1/requests_service.grpc.pb.h"

namespace varsam::gateway {

namespace cv1 = consent::v1;
namespace rv1 = requests::v1;
using Json = nlohmann::json;

inline constexpr char kSubject[] = "11111111-1111-4111-8111-111111111111";
inline constexpr char kCase[] = "0190a7c8-1111-7222-8333-444455556666";

// Remembers what reached it, and for whom.
struct Seen {
  std::mutex mutex;
  std::string request_id;
  std::string token;
  std::optional<rpc::Caller> caller;
  std::atomic<int> calls{0};
};

inline void Note(Seen& seen, grpc::CallbackServerContext* context,
                 const rpc::CallerVerifier& verifier) {
  ++seen.calls;
  std::lock_guard lock(seen.mutex);
  seen.caller.reset();
  const auto it = context->client_metadata().find(rpc::kCallerMetadata);
  if (it == context->client_metadata().end()) return;
  auto caller = verifier.Verify({it->second.data(), it->second.size()}, SystemClock().Now());
  if (caller.ok()) seen.caller = *caller;
}

template <typename Context>
grpc::ServerUnaryReactor* Answer(Context* context, const absl::Status& status) {
  auto* reactor = context->DefaultReactor();
  reactor->Finish(rpc::ToGrpc(status));
  return reactor;
}

// A watch that says what the test says, one message at a time.
class Watch final : public grpc::ServerWriteReactor<cv1::WatchDecisionsResponse> {
 public:
  void Tell(cv1::WatchDecisionsResponse told) {
    told_ = std::move(told);
    StartWrite(&told_);
  }
  void OnWriteDone(bool) override { ++told_count; }
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override {}
  std::atomic<int> told_count{0};

 private:
  cv1::WatchDecisionsResponse told_;
};

class Consent final : public cv1::ConsentService::CallbackService {
 public:
  Consent(Seen& seen, const rpc::CallerVerifier& verifier) : seen_(seen), verifier_(verifier) {}
  grpc::ServerUnaryReactor* Decide(grpc::CallbackServerContext* context,
                                   const cv1::DecideRequest* request,
                                   cv1::DecideResponse* response) override {
    Note(seen_, context, verifier_);
    response->mutable_decision()->set_reason("NO_CONSENT");
    response->mutable_decision()->add_evidence("e");
    response->set_revision(request->at_least_revision());
    if (request->keep()) {
      const int64_t now = absl::ToUnixSeconds(SystemClock().Now());
      response->mutable_decision()->mutable_at()->set_seconds(now - 1);
      response->mutable_decision()->mutable_holds_until()->set_seconds(now + 3600);
      response->mutable_view()->set_revision(revision);
    }
    return Answer(context, absl::OkStatus());
  }
  grpc::ServerUnaryReactor* RecordConsent(grpc::CallbackServerContext* context,
                                          const cv1::RecordConsentRequest* request,
                                          cv1::RecordConsentResponse* response) override {
    Note(seen_, context, verifier_);
    std::lock_guard lock(seen_.mutex);
    seen_.request_id = request->request_id();
    response->set_revision(request->purpose() == "next" ? ++revision : 18446744073709551615u);
    if (request->purpose() == "reused") {
      return Answer(context, ErrorWithReason(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                                             "anna@example.se"));
    }
    if (request->purpose() == "stale") {
      return Answer(context, InvalidField("notice.version", "3, want 4"));
    }
    if (request->purpose() == "busy") {
      return Answer(context, RetryLater(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                                        "anna@example.se", absl::Seconds(3)));
    }
    return Answer(context, absl::OkStatus());
  }
  grpc::ServerUnaryReactor* ListConsents(grpc::CallbackServerContext* context,
                                         const cv1::ListConsentsRequest*,
                                         cv1::ListConsentsResponse*) override {
    Note(seen_, context, verifier_);
    return Answer(context, absl::OkStatus());
  }
  grpc::ServerUnaryReactor* GetReceipt(grpc::CallbackServerContext* context,
                                       const cv1::GetReceiptRequest* request,
                                       cv1::GetReceiptResponse* response) override {
    Note(seen_, context, verifier_);
    response->set_receipt(absl::StrCat(request->consent_id(), " of ", request->subject_id()));
    return Answer(context, absl::OkStatus());
  }
  grpc::ServerUnaryReactor* Unsubscribe(grpc::CallbackServerContext* context,
                                        const cv1::UnsubscribeRequest* request,
                                        cv1::UnsubscribeResponse*) override {
    Note(seen_, context, verifier_);
    std::lock_guard lock(seen_.mutex);
    seen_.token = request->token() + "|" + request->list_unsubscribe();
    return Answer(context, absl::OkStatus());
  }
  grpc::ServerWriteReactor<cv1::WatchDecisionsResponse>* WatchDecisions(
      grpc::CallbackServerContext*, const cv1::WatchDecisionsRequest*) override {
    std::lock_guard lock(seen_.mutex);
    watches_.push_back(std::make_unique<Watch>());
    return watches_.back().get();
  }
  Watch* watch() const {
    std::lock_guard lock(seen_.mutex);
    return watches_.empty() ? nullptr : watches_.back().get();
  }
  std::atomic<uint64_t> revision{5};

 private:
  std::vector<std::unique_ptr<Watch>> watches_;
  Seen& seen_;
  const rpc::CallerVerifier& verifier_;
};

class Requests final : public rv1::RequestsService::CallbackService {
 public:
  Requests(Seen& seen, const rpc::CallerVerifier& verifier) : seen_(seen), verifier_(verifier) {}
  grpc::ServerUnaryReactor* ExchangeCaseLink(grpc::CallbackServerContext* context,
                                             const rv1::ExchangeCaseLinkRequest* request,
                                             rv1::ExchangeCaseLinkResponse* response) override {
    if (request->token() != "right") {
      return Answer(context, ErrorWithReason(absl::StatusCode::kPermissionDenied, "LINK_SPENT",
                                             "this link is spent"));
    }
    response->set_case_id(kCase);
    response->set_subject_id(kSubject);
    response->mutable_expires_at()->set_seconds(
        absl::ToUnixSeconds(SystemClock().Now() + absl::Hours(1)));
    return Answer(context, absl::OkStatus());
  }
  grpc::ServerUnaryReactor* GetPackage(grpc::CallbackServerContext* context,
                                       const rv1::GetPackageRequest* request,
                                       rv1::GetPackageResponse* response) override {
    Note(seen_, context, verifier_);
    if (request->format() == rv1::PACKAGE_FORMAT_ZIP) return Piece(context, *request, response);
    response->set_content("<p>hej</p>");
    response->set_content_type("text/html; charset=utf-8");
    response->set_file_name("mina-uppgifter.html");
    return Answer(context, absl::OkStatus());
  }

  static constexpr uint32_t kPieces = 12;
  static constexpr size_t kPieceBytes = 3 << 20;
  std::atomic<uint32_t> breaks_at{1'000'000};

 private:
  // A file larger than any message, in pieces: each of one letter.
  grpc::ServerUnaryReactor* Piece(grpc::CallbackServerContext* context,
                                  const rv1::GetPackageRequest& request,
                                  rv1::GetPackageResponse* response) {
    const std::string ticket = request.part() == 0 ? "" : absl::StrCat("t", request.part() / 3);
    if (request.ticket() != ticket || request.part() / 3 == breaks_at) {
      return Answer(context, ErrorWithReason(absl::StatusCode::kAborted, "DOWNLOAD_REPLACED", "x"));
    }
    const uint32_t number = request.part() / 3;
    response->set_content(std::string(kPieceBytes, static_cast<char>('a' + number)));
    response->set_content_type("application/zip");
    response->set_file_name("registerutdrag.zip");
    if (number + 1 < kPieces) {
      response->set_next_part(request.part() + 3);
      response->set_ticket(absl::StrCat("t", number + 1));
    }
    return Answer(context, absl::OkStatus());
  }

  Seen& seen_;
  const rpc::CallerVerifier& verifier_;
};

class Ledger final : public ledger::v1::LedgerService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const ledger::v1::GetCheckpointRequest*,
                                          ledger::v1::GetCheckpointResponse* response) override {
    response->set_checkpoint("varsam/consent\n7\nroot\n\nsignature\n");
    response->set_vkey("varsam/consent+key");
    response->set_size(7);
    return Answer(context, absl::OkStatus());
  }
  grpc::ServerUnaryReactor* GetTile(grpc::CallbackServerContext* context,
                                    const ledger::v1::GetTileRequest* request,
                                    ledger::v1::GetTileResponse* response) override {
    response->set_data(absl::StrCat(request->entries() ? "entries" : "hashes", " ",
                                    request->level(), " ", request->index(), " ",
                                    request->width()));
    return Answer(context, absl::OkStatus());
  }
};

inline std::string Unchunked(const std::string& body) {
  std::string all;
  for (size_t at = 0; at < body.size();) {
    const size_t line = body.find("\r\n", at);
    if (line == std::string::npos) break;
    const size_t size = std::stoul(body.substr(at, line - at), nullptr, 16);
    if (size == 0) break;
    all += body.substr(line + 2, size);
    at = line + 4 + size;
  }
  return all;
}

inline void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

struct World {
  World()
      : verifier(*rpc::CallerVerifier::FromPem(
            testing::ReadWhole(pki.dir() + "/caller-signing.pub"), "consent")),
        requests_verifier(*rpc::CallerVerifier::FromPem(
            testing::ReadWhole(pki.dir() + "/caller-signing.pub"), "request-workflow")),
        consent(seen, verifier),
        requests(seen, requests_verifier),
        key("dev", "ES256") {
    int consent_port = 0, requests_port = 0;
    consent_server = Serve({&consent, &ledger}, consent_port);
    requests_server = Serve({&requests}, requests_port);
    const std::string jwks = pki.dir() + "/jwks.json";
    WriteFile(jwks, Json{{"keys", Json::array({key.Public()})}}.dump());
    Config config;
    config.process.service = "gateway";
    config.http.connections_per_address_max = 1000;
    config.targets = {{"consent", absl::StrCat("ipv4:127.0.0.1:", consent_port)},
                      {"request-workflow", absl::StrCat("ipv4:127.0.0.1:", requests_port)},
                      {"subject-registry", "ipv4:127.0.0.1:1"},
                      {"retention", "ipv4:127.0.0.1:1"}};
    config.caller_signing_key_file = pki.dir() + "/caller-signing.key";
    config.promises_file =
        std::string(getenv("VARSAM_SOURCE_DIR")) + "/deploy/policy/promises.yaml";
    config.issuers = {{kDevelopmentIssuer, kDevelopmentAudience, "roles"}};
    config.jwks = {{kDevelopmentIssuer, jwks, false}};
    config.public_calls_per_second = 1000;
    auto started = App::Start(config);
    INFO(started.status().ToString());
    REQUIRE(started.ok());
    app = *std::move(started);
  }

  static std::unique_ptr<grpc::Server> Serve(std::vector<grpc::Service*> services, int& port) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    for (grpc::Service* service : services) builder.RegisterService(service);
    return builder.BuildAndStart();
  }

  std::string Token(const std::vector<std::string>& roles, const std::string& sub = "anna") {
    const int64_t now = absl::ToUnixSeconds(SystemClock().Now());
    return "Bearer " + key.Sign({{"iss", kDevelopmentIssuer},
                                 {"aud", kDevelopmentAudience},
                                 {"sub", sub},
                                 {"nbf", now - 5},
                                 {"exp", now + 300},
                                 {"roles", roles}});
  }
  HttpAnswer Call(const std::string& method, const std::string& target, const std::string& token,
                  const std::string& body = "", const std::string& key = "") {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!token.empty()) headers.emplace_back("Authorization", token);
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    if (!key.empty()) headers.emplace_back("Idempotency-Key", key);
    return Fetch(app->port(), method, target, headers, body);
  }

  testing::TestPki pki;
  Seen seen;
  rpc::CallerVerifier verifier, requests_verifier;
  Consent consent;
  Requests requests;
  Ledger ledger;
  TestKey key;
  std::unique_ptr<grpc::Server> consent_server, requests_server;
  std::unique_ptr<App> app;
};

inline World& TheWorld() {
  static World world;
  return world;
}

}  // namespace varsam::gateway
