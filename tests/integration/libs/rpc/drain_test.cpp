// Health, metrics and the end of a server: who is served, and that a drain fails no call.
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/rpc/status.h"
#include "tests/support/ledger_stub.h"
#include "tests/support/pki.h"

namespace varsam {
namespace {

using testing::LedgerService;
using testing::TestService;
namespace v1 = ledger::v1;

rpc::ServerConfig Plaintext() {
  rpc::ServerConfig config = testing::TestServerConfig();
  config.insecure_peer = "gateway";
  config.drain_max = absl::Seconds(5);
  return config;
}

// grpc.health.v1.Health/Check by hand: field 1 of the request is the name, field 1 of the response
// the state (1 SERVING, 2 NOT_SERVING).
std::string Health(const TestService& service, const std::string& name) {
  const auto channel =
      grpc::CreateChannel(service.health_target(), grpc::InsecureChannelCredentials());
  grpc::GenericStub stub(channel);
  const auto context = rpc::NewContext({.deadline = SystemClock().Now() + absl::Seconds(5)});
  std::string request;
  if (!name.empty()) request = absl::StrCat("\x0a", std::string(1, char(name.size())), name);
  const grpc::Slice slice(request);
  grpc::ByteBuffer in(&slice, 1);
  grpc::ByteBuffer out;
  std::atomic<bool> done{false};
  grpc::Status status;
  stub.UnaryCall(context.get(), "/grpc.health.v1.Health/Check", {}, &in, &out,
                 [&](grpc::Status ended) {
                   status = std::move(ended);
                   done = true;
                   done.notify_all();
                 });
  done.wait(false);
  if (!status.ok()) return absl::StatusCodeToString(rpc::FromGrpc(status).code());
  grpc::Slice answer;
  if (!out.TrySingleSlice(&answer).ok() || answer.size() != 2) return "UNKNOWN";
  return answer.begin()[1] == 1 ? "SERVING" : "NOT_SERVING";
}

// Calls without a pause until told to stop; counts the calls and keeps the first failure.
class Load {
 public:
  explicit Load(std::shared_ptr<grpc::Channel> channel) : stub_(LedgerService::NewStub(channel)) {
    for (int i = 0; i < 4; ++i) threads_.emplace_back([this] { Loop(); });
  }
  ~Load() { Stop(); }
  void Stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  void WaitFor(int calls) const {
    for (int seen = calls_; seen < calls; seen = calls_) calls_.wait(seen);
  }
  int calls() const { return calls_; }
  int failures() const { return failures_; }
  std::string first_failure() const { return first_failure_; }

 private:
  void Loop() {
    while (!stop_) {
      const auto context = rpc::NewContext({.deadline = SystemClock().Now() + absl::Seconds(5)});
      v1::GetCheckpointResponse response;
      const grpc::Status status = stub_->GetCheckpoint(context.get(), {}, &response);
      if (!status.ok() && failures_++ == 0) first_failure_ = status.error_message();
      ++calls_;
      calls_.notify_all();
    }
  }
  std::unique_ptr<LedgerService::Stub> stub_;
  std::atomic<bool> stop_{false};
  std::atomic<int> calls_{0};
  std::atomic<int> failures_{0};
  std::string first_failure_;
  std::vector<std::thread> threads_;
};

std::shared_ptr<grpc::Channel> ToBoth(const TestService& a, const TestService& b,
                                      std::vector<std::string> retry) {
  auto channel = rpc::NewChannel({.service = "consent",
                                  .target = absl::StrCat("ipv4:127.0.0.1:", a.server->port(),
                                                         ",127.0.0.1:", b.server->port()),
                                  .retry_methods = std::move(retry)});
  REQUIRE(channel.ok());
  return *channel;
}

}  // namespace

TEST_CASE("health follows SetServing and knows only our names") {
  TestService service(Plaintext());
  CHECK(Health(service, "") == "NOT_SERVING");
  CHECK(Health(service, "consent") == "NOT_SERVING");
  service.server->SetServing(true);
  CHECK(Health(service, "") == "SERVING");
  CHECK(Health(service, "consent") == "SERVING");
  CHECK(Health(service, "retention") == "NOT_FOUND");
  service.server->SetServing(false);
  CHECK(Health(service, "") == "NOT_SERVING");
}

TEST_CASE("the health port serves nothing but health") {
  TestService service(Plaintext());
  const auto channel =
      grpc::CreateChannel(service.health_target(), grpc::InsecureChannelCredentials());
  CHECK(testing::CallOnce(channel).code() == absl::StatusCode::kUnimplemented);
}

TEST_CASE("the admin port shows metrics and liveness") {
  TestService service(Plaintext());
  auto channel = rpc::NewChannel({.service = "consent", .target = service.target()});
  REQUIRE(testing::CallOnce(*channel) == absl::OkStatus());
  const std::string at =
      absl::StrCat("curl -sS -i http://127.0.0.1:", service.server->admin_port());
  const testing::Shown metrics = testing::RunCommand(at + "/metrics");
  CHECK(metrics.text.find("varsam_rpc_server_calls_total{method=\"varsam.ledger.v1.LedgerService/"
                          "GetCheckpoint\",code=\"OK\"} 1") != std::string::npos);
  CHECK(testing::RunCommand(at + "/livez").text.starts_with("HTTP/1.1 200"));
  CHECK(testing::RunCommand(at + "/other").text.starts_with("HTTP/1.1 404"));
}

TEST_CASE("one of two replicas drains under load without a failed call") {
  TestService staying(Plaintext());
  TestService leaving(Plaintext());
  Load load(ToBoth(staying, leaving, {"varsam.ledger.v1.LedgerService/GetCheckpoint"}));
  load.WaitFor(200);
  leaving.server->Drain();
  load.WaitFor(load.calls() + 200);
  load.Stop();
  INFO(load.first_failure());
  CHECK(load.failures() == 0);
}

TEST_CASE("a drain waits for calls in flight") {
  TestService service(Plaintext());
  auto channel = rpc::NewChannel({.service = "consent", .target = service.target()});
  REQUIRE(channel.ok());
  const auto stub = LedgerService::NewStub(*channel);
  const auto context = rpc::NewContext({.deadline = SystemClock().Now() + absl::Seconds(10)});
  const v1::GetTileRequest request;
  v1::GetTileResponse response;
  std::atomic<int> code{-1};
  stub->async()->GetTile(context.get(), &request, &response, [&](grpc::Status status) {
    code = status.error_code();
    code.notify_all();
  });
  while (service.stub.held() == 0) std::this_thread::yield();
  std::thread drain([&] { service.server->Drain(); });
  while (!service.admission.draining()) std::this_thread::yield();
  CHECK(code == -1);
  service.stub.ReleaseHeld();
  drain.join();
  code.wait(-1);
  CHECK(code == 0);
}

TEST_CASE("a drain ends streams at once with a reason") {
  TestService service(Plaintext());
  auto channel = rpc::NewChannel({.service = "consent", .target = service.target()});
  REQUIRE(channel.ok());
  const auto context = rpc::NewContext({.deadline = SystemClock().Now() + absl::Minutes(5)});
  const auto reader = LedgerService::NewStub(*channel)->Tail(context.get(), {});
  v1::TailResponse response;
  REQUIRE(reader->Read(&response));
  const absl::Duration before = MonotonicNow();
  service.server->Drain();
  CHECK(MonotonicNow() - before < absl::Seconds(3));
  CHECK_FALSE(reader->Read(&response));
  const absl::Status end = rpc::FromGrpc(reader->Finish());
  CHECK(end.code() == absl::StatusCode::kUnavailable);
  CHECK(ReasonOf(end) == "DRAINING");
}

TEST_CASE("SIGTERM drains the server and Run returns 0") {
  TestService service(Plaintext());
  REQUIRE(rpc::PrepareProcess(Plaintext()) == absl::OkStatus());
  service.server->SetServing(true);
  std::atomic<int> result{-1};
  std::thread run([&] { result = rpc::Run(*service.server); });
  pthread_kill(run.native_handle(), SIGTERM);  // other threads of this test began before the block
  run.join();
  CHECK(result == 0);
}

}  // namespace varsam
