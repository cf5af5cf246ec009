// The whole gateway over loopback, before a consent service whose answers the test writes: real
// sockets, real gRPC, real tokens, the caller's assertion verified as a service does.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "catch2/catch.hpp"
#include "google/api/annotations.pb.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "libs/rpc/assertion.h"
#include "libs/rpc/status.h"
#include "services/gateway/app.h"
#include "services/gateway/auth/operations.h"
#include "services/gateway/descriptors/descriptors.h"
#include "tests/integration/services/gateway/http_client.h"
#include "tests/integration/services/gateway/signer.h"
#include "tests/support/pki.h"
#include "varsam/consent/v1/consent_service.grpc.pb.h"
#include "varsam/ledger/v1/ledger_service.grpc.pb.h"
#include "varsam/requests/v1/requests_service.grpc.pb.h"

namespace varsam::gateway {
namespace {

namespace cv1 = consent::v1;
namespace rv1 = requests::v1;
using Json = nlohmann::json;

constexpr char kSubject[] = "11111111-1111-4111-8111-111111111111";
constexpr char kCase[] = "0190a7c8-1111-7222-8333-444455556666";

// Remembers what reached it, and for whom.
struct Seen {
  std::mutex mutex;
  std::string request_id;
  std::string token;
  std::optional<rpc::Caller> caller;
  std::atomic<int> calls{0};
};

void Note(Seen& seen, grpc::CallbackServerContext* context, const rpc::CallerVerifier& verifier) {
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

std::string Unchunked(const std::string& body) {
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

void WriteFile(const std::string& path, const std::string& text) {
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

World& TheWorld() {
  static World world;
  return world;
}

TEST_CASE("every RPC with an HTTP rule has a row of roles, and every row an RPC") {
  const auto pool = BuildPool(EmbeddedDescriptors());
  REQUIRE(pool.ok());
  std::set<std::string> rows;
  for (const Operation& operation : Operations()) {
    INFO(operation.method);
    CHECK(rows.insert(std::string(operation.method)).second);
    CHECK_FALSE(operation.roles.empty());
    const auto* method = (*pool)->FindMethodByName(std::string(operation.method));
    REQUIRE(method != nullptr);
    CHECK(method->options().HasExtension(google::api::http));
  }
  for (const char* name :
       {"varsam.consent.v1.ConsentService", "varsam.registry.v1.RegistryService",
        "varsam.requests.v1.RequestsService", "varsam.retention.v1.RetentionService"}) {
    const auto* service = (*pool)->FindServiceByName(name);
    REQUIRE(service != nullptr);
    for (int i = 0; i < service->method_count(); ++i) {
      if (!service->method(i)->options().HasExtension(google::api::http)) continue;
      INFO(service->method(i)->full_name());
      CHECK(rows.count(service->method(i)->full_name()) == 1);
    }
  }
}

TEST_CASE("a call with a token reaches the service, with the caller's signed name") {
  World& world = TheWorld();
  const HttpAnswer answer =
      world.Call("POST", "/v1/decisions:decide", world.Token({"system"}, "webshop"),
                 R"({"query":{"subjectId":"s","purpose":"p"},"atLeastRevision":"7"})");
  CHECK(answer.status == 200);
  CHECK(answer.Json()["decision"]["reason"] == "NO_CONSENT");
  CHECK(answer.Json()["revision"] == "7");
  std::lock_guard lock(world.seen.mutex);
  REQUIRE(world.seen.caller.has_value());
  CHECK(world.seen.caller->id == "webshop");
  CHECK(world.seen.caller->roles == std::vector<std::string>{"system"});
}

TEST_CASE("a decision is given again until the service tells of a change, never past a write") {
  World world;
  const std::string token = world.Token({"system"});
  std::string query = absl::StrCat(R"({"query":{"subjectId":")", kSubject,
                                   R"(","purpose":"p","dataCategories":["email"]})");
  // How many calls reach the service, and what is answered.
  const auto asked = [&](const std::string& more = "}") {
    const int before = world.seen.calls;
    const HttpAnswer answer = world.Call("POST", "/v1/decisions:decide", token, query + more);
    REQUIRE(answer.status == 200);
    CHECK(answer.Json()["decision"]["reason"] == "NO_CONSENT");
    CHECK(answer.Json()["decision"]["evidence"] == Json::array({"e"}));
    CHECK_FALSE(answer.Json()["decision"].contains("holdsUntil"));
    CHECK_FALSE(answer.Json().contains("view"));
    return world.seen.calls - before;
  };
  const auto tell = [&](bool changed) {
    while (world.consent.watch() == nullptr) std::this_thread::yield();
    cv1::WatchDecisionsResponse told;
    told.set_revision(world.consent.revision);
    told.mutable_view()->set_revision(world.consent.revision);
    told.set_unchanged(!changed);
    if (changed) told.add_subject_ids(kSubject);
    const int before = world.consent.watch()->told_count;
    world.consent.watch()->Tell(told);
    while (world.consent.watch()->told_count == before) std::this_thread::yield();
  };
  CHECK(asked() == 1);
  CHECK(asked() == 1);  // nothing has been heard of the service yet
  tell(false);
  for (int tries = 0; asked() == 1 && tries < 1000; ++tries) continue;
  CHECK(asked() == 0);
  CHECK(asked(R"(,"atLeastRevision":"5"})") == 0);
  CHECK(asked(R"(,"atLeastRevision":"6"})") == 1);
  // Another question, and one about the past, are for the service.
  const std::string now = query;
  for (const char* more : {R"(,"topic":"nyheter"})", R"(,"at":"2026-03-03T12:00:00Z"})"}) {
    query = now.substr(0, now.size() - 1) + more;
    CHECK(asked() == 1);
  }
  query = now;
  // A write passed through: memory is silent until the service tells of it.
  const auto record = [&] {
    return world
        .Call("POST", "/v1/consents", token, R"({"subjectId":"s","purpose":"next"})",
              absl::StrCat("k", world.consent.revision.load()))
        .status;
  };
  CHECK(asked() == 0);
  CHECK(record() == 200);
  CHECK(asked() == 1);
  CHECK(asked() == 1);
  tell(true);
  for (int tries = 0; asked() == 1 && tries < 1000; ++tries) continue;
  CHECK(asked() == 0);
}

TEST_CASE("nobody gets in unasked") {
  World& world = TheWorld();
  const int before = world.seen.calls;
  const std::string body = R"({"query":{}})";
  const HttpAnswer anonymous = world.Call("POST", "/v1/decisions:decide", "", body);
  CHECK(anonymous.status == 401);
  CHECK(anonymous.headers.at("www-authenticate") == "Bearer");
  CHECK(world.Call("POST", "/v1/decisions:decide", "Bearer x.y.z", body).status == 401);
  CHECK(world.Call("POST", "/v1/decisions:decide", "Basic eDp5", body).status == 401);
  const HttpAnswer no_role = world.Call("POST", "/v1/decisions:decide", world.Token({}), body);
  CHECK(no_role.status == 403);
  CHECK(no_role.Json()["code"] == "ROLE_NOT_ALLOWED");
  CHECK(world.Call("POST", "/v1/policies:apply", world.Token({"marketing"}), "{}", "k").status ==
        403);
  CHECK(world
            .Call("GET", absl::StrCat("/v1/requests/", kCase, "/package"),
                  world.Token({"privacy_officer", "case_officer", "operator"}))
            .status == 403);
  CHECK(world.seen.calls == before);
}

TEST_CASE("idempotency keys become request ids; outcomes become problems") {
  World& world = TheWorld();
  const std::string token = world.Token({"system"});
  const auto record = [&](const char* purpose, const char* key) {
    return world.Call("POST", "/v1/consents", token,
                      absl::StrCat(R"({"subjectId":"s","purpose":")", purpose, "\"}"), key);
  };
  CHECK(record("p", "").Json()["code"] == "IDEMPOTENCY_KEY_REQUIRED");
  const HttpAnswer fine = record("p", kCase);
  CHECK(fine.status == 200);
  CHECK(fine.Json()["revision"] == "18446744073709551615");
  CHECK(world.seen.request_id == kCase);
  CHECK(record("p", "order-17").status == 200);
  const std::string hashed = world.seen.request_id;
  CHECK(Uuid::Parse(hashed).has_value());
  CHECK(record("p", "order-17").status == 200);
  CHECK(world.seen.request_id == hashed);
  CHECK(record("reused", kCase).status == 422);
  const HttpAnswer stale = record("stale", kCase);
  CHECK(stale.status == 400);
  CHECK(stale.headers.at("content-type") == "application/problem+json");
  CHECK(stale.Json()["errors"][0]["field"] == "notice.version");
  const HttpAnswer busy = record("busy", kCase);
  CHECK(busy.status == 429);
  CHECK(busy.headers.at("retry-after") == "3");
  CHECK(busy.body.find("anna") == std::string::npos);
}

TEST_CASE("bad requests stop before the service") {
  World& world = TheWorld();
  const int before = world.seen.calls;
  const std::string token = world.Token({"system"});
  const auto code = [&](const std::string& body) {
    const HttpAnswer answer = world.Call("POST", "/v1/decisions:decide", token, body);
    CHECK(answer.status == 400);
    return answer.Json()["code"].get<std::string>();
  };
  const absl::Duration start = MonotonicNow();
  CHECK(code(R"({"query":)" + std::string(32 * 1024, '[')) == "JSON_TOO_DEEP");
  CHECK(MonotonicNow() - start < absl::Milliseconds(50));
  const HttpAnswer deep =
      world.Call("POST", "/v1/decisions:decide", token, std::string(32 * 1024, '['));
  CHECK(deep.body.find("more than 32 levels") != std::string::npos);
  CHECK(code(R"({"query":{},"query":{}})") == "JSON_DUPLICATE_KEY");
  CHECK(code(R"({"atLeastRevision":1e400})") == "JSON_NUMBER_NOT_EXACT");
  CHECK(code(R"({"nope":1})") == "INVALID_FIELD");
  CHECK(code("{") == "INVALID_JSON");
  CHECK(Fetch(world.app->port(), "POST", "/v1/decisions:decide",
              {{"Authorization", token}, {"Content-Type", "text/plain"}}, "{}")
            .status == 415);
  CHECK(Fetch(world.app->port(), "POST", "/v1/decisions:decide",
              {{"Authorization", token}, {"Content-Type", "application/x-www-form-urlencoded"}},
              "a=b")
            .status == 415);
  CHECK(world.Call("GET", "/nowhere", token).status == 404);
  const HttpAnswer wrong = world.Call("DELETE", "/v1/consents", token);
  CHECK(wrong.status == 405);
  CHECK(wrong.headers.at("allow") == "POST");
  CHECK(
      Fetch(world.app->port(), "GET", "/nowhere", {{"Accept-Language", "sv-SE"}}).Json()["title"] ==
      "Hittades inte");
  CHECK(world.seen.calls == before);
}

TEST_CASE("a service that is down is a 503 with a hint, within its time") {
  World& world = TheWorld();
  const HttpAnswer answer = world.Call("GET", "/v1/purposes", world.Token({"operator"}));
  CHECK(answer.status == 503);
  CHECK(answer.headers.count("retry-after") == 1);
}

TEST_CASE("a case link opens a session for the own case only") {
  World& world = TheWorld();
  CHECK(world.Call("POST", "/v1/caseLinks:exchange", "", R"({"token":"wrong"})").status == 403);
  const HttpAnswer answer =
      world.Call("POST", "/v1/caseLinks:exchange", "", R"({"token":"right"})");
  REQUIRE(answer.status == 200);
  const std::string cookie = answer.headers.at("set-cookie");
  CHECK(cookie.rfind("__Host-varsam=", 0) == 0);
  for (const char* attribute : {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"}) {
    CHECK(cookie.find(attribute) != std::string::npos);
  }
  const std::string session = cookie.substr(0, cookie.find(';'));
  const auto get = [&](const std::string& target, const char* accept) {
    return Fetch(world.app->port(), "GET", target, {{"Cookie", session}, {"Accept", accept}});
  };
  const std::string own = absl::StrCat("/v1/requests/", kCase, "/package");
  CHECK(get(own, "application/json").Json()["fileName"] == "mina-uppgifter.html");
  CHECK(world.seen.caller->case_id == kCase);
  const HttpAnswer file = get(own, "text/html");
  CHECK(file.body == "<p>hej</p>");
  CHECK(file.headers.at("content-disposition") == "attachment; filename=\"mina-uppgifter.html\"");
  // One of many pieces comes as one file; one that breaks off is not taken for the whole.
  const std::string large = own + "?format=PACKAGE_FORMAT_ZIP";
  const HttpAnswer whole = get(large, "text/html");
  CHECK(whole.status == 200);
  CHECK(whole.headers.at("content-type") == "application/zip");
  CHECK(whole.body.ends_with("\r\n0\r\n\r\n"));
  const auto bytes = Unchunked(whole.body);
  CHECK(bytes.size() == size_t{Requests::kPieces} * Requests::kPieceBytes);
  CHECK(std::is_sorted(bytes.begin(), bytes.end()));
  CHECK(get(large, "application/json").Json()["nextPart"] == 3);
  world.requests.breaks_at = 5;
  CHECK_FALSE(get(large, "text/html").body.ends_with("\r\n0\r\n\r\n"));
  world.requests.breaks_at = 1'000'000;
  CHECK(get("/v1/requests/other/package", "*/*").status == 404);
  CHECK(get(absl::StrCat("/v1/subjects/", kSubject, "/consents"), "*/*").status == 200);
  CHECK(get("/v1/subjects/22222222-2222-4222-8222-222222222222/consents", "*/*").status == 404);
  CHECK(get("/v1/requests", "*/*").status == 403);
  // Receipts: those of the own choices, and only by a path that says whose they are.
  const auto receipt = [&](const std::string& of) {
    return get(of + "/consents/c1/receipt", "*/*");
  };
  CHECK(receipt(absl::StrCat("/v1/subjects/", kSubject)).Json()["receipt"] ==
        absl::StrCat("c1 of ", kSubject));
  CHECK(receipt("/v1/subjects/22222222-2222-4222-8222-222222222222").status == 404);
  CHECK(receipt("/v1").status == 404);
  // Another site cannot ride on the session; signing out ends it.
  CHECK(Fetch(world.app->port(), "POST", absl::StrCat("/v1/requests/", kCase, ":withdraw"),
              {{"Cookie", session},
               {"Origin", "https://evil.test"},
               {"Content-Type", "application/json"},
               {"Idempotency-Key", kCase}},
              "{}")
            .Json()["code"] == "CROSS_SITE");
  Fetch(world.app->port(), "POST", "/v1/session:end", {{"Cookie", session}});
  CHECK(get(own, "*/*").status == 401);
}

TEST_CASE("one-click unsubscribe needs no sign-in, and GET changes nothing") {
  World& world = TheWorld();
  const int before = world.seen.calls;
  CHECK(Fetch(world.app->port(), "GET", "/u/abc").status == 405);
  CHECK(world.seen.calls == before);
  CHECK(Fetch(world.app->port(), "POST", "/u/abc",
              {{"Content-Type", "application/x-www-form-urlencoded"}}, "List-Unsubscribe=One-Click")
            .status == 200);
  CHECK(world.seen.token == "abc|One-Click");
}

TEST_CASE("the logs are served under their C2SP paths") {
  World& world = TheWorld();
  const auto get = [&](const char* path) { return Fetch(world.app->port(), "GET", path); };
  CHECK(get("/ledger/consent/checkpoint").body == "varsam/consent\n7\nroot\n\nsignature\n");
  CHECK(get("/ledger/consent/vkey").body == "varsam/consent+key\n");
  CHECK(get("/ledger/consent/tile/0/000").body == "hashes 0 0 256");
  CHECK(get("/ledger/consent/tile/1/x001/x234/067.p/5").body == "hashes 1 1234067 5");
  CHECK(get("/ledger/consent/tile/entries/002").body == "entries 0 2 256");
  for (const char* path : {"/ledger/nobody/checkpoint", "/ledger/consent", "/ledger/consent/",
                           "/ledger/consent/tile/0", "/ledger/consent/tile/8/000",
                           "/ledger/consent/tile/00/000", "/ledger/consent/tile/0/0",
                           "/ledger/consent/tile/0/x000/000", "/ledger/consent/tile/0/000.p/256",
                           "/ledger/consent/tile/0/000.p/0", "/ledger/consent/tile/0/001/002"}) {
    INFO(path);
    CHECK(get(path).status == 404);
  }
}

TEST_CASE("promises, health and the API document") {
  World& world = TheWorld();
  const Json promises = Fetch(world.app->port(), "GET", "/v1/promises").Json()["promises"];
  REQUIRE(promises.size() == 59);
  CHECK(promises[9]["id"] == "P10");
  for (const Json& promise : promises) {
    CHECK((promise["scenario"].is_null() ? promise["status"] == "unproven"
                                         : promise["status"] != "unproven"));
  }
  // P02 is kept by consent, whose ledger answers; P08 by request_workflow, whose ledger does not.
  CHECK(promises[1]["evidence"][0]["reachable"] == true);
  CHECK(promises[1]["evidence"][0]["entries"] == 7);
  CHECK(promises[7]["evidence"][0]["reachable"] == false);
  CHECK(Fetch(world.app->port(), "GET", "/healthz").status == 200);
  CHECK(Fetch(world.app->port(), "GET", "/readyz").status == 200);
  const Json document = Fetch(world.app->port(), "GET", "/openapi.json").Json();
  CHECK(document["openapi"] == "3.1.0");
  CHECK(document["paths"]["/v1/decisions:decide"]["post"]["x-varsam-roles"].size() > 1);
  CHECK(document["paths"]["/v1/notices"]["get"]["security"][0].empty());
}

}  // namespace
}  // namespace varsam::gateway
