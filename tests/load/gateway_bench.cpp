// What the gateway costs: POST /v1/decisions:decide over keep-alive HTTP/1.1, beside the direct
// gRPC call (G1) and beside a bare Beast server that parses JSON and sends it back (G2). One
// process, the same number of callers, short rounds in turn; the median of the rounds counts.
//
// The consent service behind it answers at once: what is compared is the road, not the decision.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/strand.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "grpcpp/create_channel.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "libs/base/clock.h"
#include "services/gateway/app.h"
#include "tests/integration/services/gateway/raw_socket.h"
#include "tests/integration/services/gateway/signer.h"
#include "tests/support/pki.h"
#include "varsam/consent/v1/consent_service.grpc.pb.h"

namespace varsam::gateway {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;

constexpr int kCallers = 16;
constexpr int kRounds = 9;
constexpr absl::Duration kRound = absl::Milliseconds(700);
constexpr char kBody[] =
    R"({"query":{"subjectId":"11111111-1111-4111-8111-111111111111","purpose":"newsletter"}})";

class Consent final : public consent::v1::ConsentService::CallbackService {
  grpc::ServerUnaryReactor* Decide(grpc::CallbackServerContext* context,
                                   const consent::v1::DecideRequest*,
                                   consent::v1::DecideResponse* response) override {
    response->mutable_decision()->set_reason("ALLOW_CONSENT");
    response->mutable_decision()->set_basis("6(1)(a)");
    response->mutable_decision()->add_evidence("0190a7c8-1111-7222-8333-444455556666");
    response->set_revision(4711);
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// The ceiling: Beast as its own examples use it, JSON parsed and written, nothing else.
class Echo : public std::enable_shared_from_this<Echo> {
 public:
  explicit Echo(tcp::socket socket) : stream_(std::move(socket)) {}
  void Read() {
    request_ = {};
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](beast::error_code error, size_t) {
                       if (!error) self->Answer();
                     });
  }

 private:
  void Answer() {
    response_ = {http::status::ok, 11};
    response_.set(http::field::content_type, "application/json");
    response_.body() = nlohmann::json::parse(request_.body()).dump();
    response_.prepare_payload();
    http::async_write(stream_, response_,
                      [self = shared_from_this()](beast::error_code error, size_t) {
                        if (!error) self->Read();
                      });
  }
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

class EchoServer {
 public:
  EchoServer() : context_(2), acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}) {
    Accept();
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { context_.run(); });
  }
  ~EchoServer() {
    context_.stop();
    for (std::thread& thread : threads_) thread.join();
  }
  uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void Accept() {
    acceptor_.async_accept(boost::asio::make_strand(context_),
                           [this](beast::error_code error, tcp::socket socket) {
                             if (error) return;
                             socket.set_option(tcp::no_delay(true));
                             std::make_shared<Echo>(std::move(socket))->Read();
                             Accept();
                           });
  }
  boost::asio::io_context context_;
  tcp::acceptor acceptor_;
  std::vector<std::thread> threads_;
};

// A caller makes one call and says whether it went well.
using Caller = std::function<bool()>;

Caller HttpCaller(uint16_t port, const std::string& target, const std::string& token) {
  auto socket = std::make_shared<RawSocket>(port);
  const std::string text =
      absl::StrCat("POST ", target, " HTTP/1.1\r\nHost: localhost\r\nAuthorization: ", token,
                   "\r\nContent-Type: application/json\r\nContent-Length: ", sizeof(kBody) - 1,
                   "\r\n\r\n", kBody);
  return [socket, text] {
    std::string answer;
    if (!socket->Send(text) || !socket->ReadUntil("\r\n\r\n", 5000, answer)) return false;
    const size_t head = answer.find("\r\n\r\n") + 4;
    const size_t at = answer.find("Content-Length: ");
    if (at == std::string::npos) return false;
    const size_t whole = head + std::stoul(answer.substr(at + 16));
    while (answer.size() < whole) {
      if (!socket->ReadUntil("}", 5000, answer)) return false;
    }
    return StatusOf(answer) == 200;
  };
}

Caller GrpcCaller(const std::shared_ptr<grpc::Channel>& channel) {
  std::shared_ptr<consent::v1::ConsentService::Stub> stub =
      consent::v1::ConsentService::NewStub(channel);
  return [stub] {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(SystemClock().Now() + absl::Seconds(5)));
    consent::v1::DecideRequest request;
    request.mutable_query()->set_subject_id("11111111-1111-4111-8111-111111111111");
    request.mutable_query()->set_purpose("newsletter");
    consent::v1::DecideResponse response;
    return stub->Decide(&context, request, &response).ok();
  };
}

// Calls per second of all callers together.
double Measure(const std::vector<Caller>& callers) {
  std::atomic<int64_t> calls{0};
  std::atomic<bool> failed{false};
  const absl::Duration start = MonotonicNow();
  std::vector<std::thread> threads;
  for (const Caller& call : callers) {
    threads.emplace_back([&calls, &failed, call, start] {
      int64_t made = 0;
      while (!failed && MonotonicNow() - start < kRound) {
        if (!call()) failed = true;
        ++made;
      }
      calls += made;
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (failed) std::printf("a call failed: the figure is void\n");
  return failed ? 0 : static_cast<double>(calls) / absl::ToDoubleSeconds(MonotonicNow() - start);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Config ConfigFor(const testing::TestPki& pki, int consent_port, const TestKey& key) {
  const std::string jwks = pki.dir() + "/jwks.json";
  std::ofstream(jwks) << nlohmann::json{{"keys", nlohmann::json::array({key.Public()})}}.dump();
  Config config;
  config.process.service = "gateway";
  config.targets = {{"consent", absl::StrCat("ipv4:127.0.0.1:", consent_port)}};
  config.caller_signing_key_file = pki.dir() + "/caller-signing.key";
  config.promises_file = std::string(getenv("VARSAM_SOURCE_DIR")) + "/deploy/policy/promises.yaml";
  config.issuers = {{kDevelopmentIssuer, kDevelopmentAudience, "roles"}};
  config.jwks = {{kDevelopmentIssuer, jwks, false}};
  return config;
}

std::string TokenOf(const TestKey& key) {
  const int64_t now = absl::ToUnixSeconds(SystemClock().Now());
  return "Bearer " + key.Sign({{"iss", kDevelopmentIssuer},
                               {"aud", kDevelopmentAudience},
                               {"sub", "bench"},
                               {"nbf", now - 5},
                               {"exp", now + 3600},
                               {"roles", {"system"}}});
}

int Main() {
  testing::TestPki pki;
  Consent consent;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&consent);
  const auto server = builder.BuildAndStart();
  TestKey key("bench", "ES256");
  auto app = App::Start(ConfigFor(pki, port, key));
  if (!app.ok()) {
    std::printf("%s\n", app.status().ToString().c_str());
    return 1;
  }
  EchoServer echo;
  const auto channel =
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials());
  std::vector<Caller> rest, direct, bare;
  for (int i = 0; i < kCallers; ++i) {
    rest.push_back(HttpCaller((*app)->port(), "/v1/decisions:decide", TokenOf(key)));
    direct.push_back(GrpcCaller(channel));
    bare.push_back(HttpCaller(echo.port(), "/", TokenOf(key)));
  }
  std::vector<double> rest_rates, direct_rates, bare_rates;
  for (int round = 0; round < kRounds; ++round) {
    rest_rates.push_back(Measure(rest));
    direct_rates.push_back(Measure(direct));
    bare_rates.push_back(Measure(bare));
  }
  const double r = Median(rest_rates), d = Median(direct_rates), b = Median(bare_rates);
  std::printf("callers %d, rounds %d, calls per second (median)\n", kCallers, kRounds);
  std::printf(
      "  REST decide        %8.0f\n  gRPC decide        %8.0f\n  bare Beast echo    %8.0f\n", r, d,
      b);
  std::printf("G1  REST / gRPC      %8.2f   target 0.50\n", d > 0 ? r / d : 0);
  std::printf("G2  REST / bare echo %8.2f   target 0.40\n", b > 0 ? r / b : 0);
  app->reset();
  server->Shutdown();
  return r > 0 && d > 0 && b > 0 ? 0 : 1;
}

}  // namespace
}  // namespace varsam::gateway

int main() { return varsam::gateway::Main(); }
