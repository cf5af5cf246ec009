// What our stack costs: calls per second of an empty unary call, 64 in flight on one channel, on
// gRPC's bare callback server and on varsam::rpc::Server (admission, identity, metrics, limits),
// in the clear and with mTLS on both. Server and client share this process and its cores. Bars C1
// and C1b want at least 0.90 of the bare server.
//
//   rpc_bench [SECONDS per run, default 0.5] [ROUNDS, default 21]
//
// The runs alternate, so that a busy machine disturbs both sides alike; a ratio is the median over
// the rounds. With every core busy, calls per second are the inverse of processor time per call;
// that one is judged, because other programs do not change it. Exit 1 when it is under 0.90.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/rpc/tls.h"
#include "tests/support/ledger_stub.h"
#include "tests/support/pki.h"

namespace varsam {
namespace {

using testing::LedgerService;
namespace v1 = ledger::v1;

constexpr int kInFlight = 64;
constexpr double kRatioMin = 0.90;

class BareService final : public LedgerService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const v1::GetCheckpointRequest*,
                                          v1::GetCheckpointResponse*) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// Processor time of the whole process, client and server: unlike the clock, it does not count what
// other programs took from the cores.
absl::Duration CpuTime() {
  rusage used;
  getrusage(RUSAGE_SELF, &used);
  return absl::DurationFromTimeval(used.ru_utime) + absl::DurationFromTimeval(used.ru_stime);
}

struct Result {
  double calls_per_second = 0;
  double cpu_micros = 0;  // per call
  absl::Duration p50;
  absl::Duration p99;
};

// kInFlight calls at any time; each that ends starts the next.
class Run {
 public:
  Run(std::shared_ptr<grpc::Channel> channel, absl::Duration time)
      : stub_(LedgerService::NewStub(channel)), end_(MonotonicNow() + time) {
    for (int i = 0; i < kInFlight; ++i) slots_.push_back(std::make_unique<Slot>());
  }

  Result Measure() {
    const absl::Duration start = MonotonicNow();
    const absl::Duration cpu = CpuTime();
    open_ = kInFlight;
    for (auto& slot : slots_) Start(slot.get());
    for (int open = open_; open > 0; open = open_) open_.wait(open);
    const absl::Duration took = MonotonicNow() - start;
    const double cpu_micros = absl::ToDoubleMicroseconds(CpuTime() - cpu);
    std::vector<absl::Duration> all;
    for (auto& slot : slots_) all.insert(all.end(), slot->took.begin(), slot->took.end());
    std::sort(all.begin(), all.end());
    return {.calls_per_second = static_cast<double>(all.size()) / absl::ToDoubleSeconds(took),
            .cpu_micros = cpu_micros / static_cast<double>(all.size()),
            .p50 = all[all.size() / 2],
            .p99 = all[all.size() * 99 / 100]};
  }

 private:
  struct Slot {
    std::unique_ptr<grpc::ClientContext> context;
    v1::GetCheckpointRequest request;
    v1::GetCheckpointResponse response;
    absl::Duration started;
    std::vector<absl::Duration> took;
  };

  void Start(Slot* slot) {
    slot->context = rpc::NewContext({.deadline = SystemClock().Now() + absl::Seconds(10)});
    slot->started = MonotonicNow();
    stub_->async()->GetCheckpoint(slot->context.get(), &slot->request, &slot->response,
                                  [this, slot](grpc::Status status) {
                                    VARSAM_CHECK(status.ok()) << status.error_message();
                                    const absl::Duration now = MonotonicNow();
                                    slot->took.push_back(now - slot->started);
                                    if (now < end_) return Start(slot);
                                    --open_;
                                    open_.notify_all();
                                  });
  }

  std::unique_ptr<LedgerService::Stub> stub_;
  const absl::Duration end_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::atomic<int> open_{0};
};

// One server kept for all rounds; a fresh channel for each run.
struct Contestant {
  std::string name;
  std::function<std::shared_ptr<grpc::Channel>()> connect;
};

Result Play(const Contestant& contestant, absl::Duration time) {
  const auto channel = contestant.connect();
  Run(channel, absl::Milliseconds(100)).Measure();  // warm
  const Result result = Run(channel, time).Measure();
  std::printf("  %-22s %8.0f calls/s  cpu %5.1f us  p50 %6.0f us  p99 %6.0f us\n",
              contestant.name.c_str(), result.calls_per_second, result.cpu_micros,
              absl::ToDoubleMicroseconds(result.p50),
              absl::ToDoubleMicroseconds(result.p99));
  return result;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::unique_ptr<grpc::Server> StartBare(grpc::Service* service, int* port,
                                        std::shared_ptr<grpc::ServerCredentials> credentials) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", credentials, port);
  builder.RegisterService(service);
  return builder.BuildAndStart();
}

double Compare(const std::optional<rpc::TlsFiles>& server_tls,
               const std::optional<rpc::TlsFiles>& client_tls, absl::Duration time, int rounds) {
  BareService bare_service;
  int bare_port = 0;
  const auto bare = StartBare(&bare_service, &bare_port,
                              server_tls ? *rpc::NewServerCredentials(*server_tls, "consent")
                                         : grpc::InsecureServerCredentials());
  rpc::ServerConfig config = testing::TestServerConfig();
  config.tls = server_tls;
  config.insecure_peer = "gateway";
  rpc::AccessTable access;
  access.Allow<LedgerService>("GetCheckpoint", {"retention", "request-workflow", "gateway"},
                              {.caller = rpc::CallerRule::kIgnored});
  testing::TestService ours(config, access);
  const auto connect = [&](int port) {
    return *rpc::NewChannel({.service = "consent",
                             .target = absl::StrCat("dns:///localhost:", port),
                             .tls = client_tls});
  };
  const Contestant bare_one{"bare gRPC", [&] { return connect(bare_port); }};
  const Contestant our_one{"varsam::rpc::Server", [&] { return connect(ours.server->port()); }};
  std::vector<double> ratios, cpu_ratios, p99_ratios;
  for (int round = 0; round < rounds; ++round) {
    Result theirs, mine;  // who begins alternates as well
    if (round % 2 == 0) theirs = Play(bare_one, time);
    mine = Play(our_one, time);
    if (round % 2 == 1) theirs = Play(bare_one, time);
    ratios.push_back(mine.calls_per_second / theirs.calls_per_second);
    cpu_ratios.push_back(theirs.cpu_micros / mine.cpu_micros);
    p99_ratios.push_back(absl::FDivDuration(mine.p99, theirs.p99));
  }
  const double ratio = Median(cpu_ratios);
  std::printf("%s: calls/s ratio %.3f, by processor time %.3f (want >= %.2f), p99 ratio %.2f\n",
              server_tls ? "mTLS" : "plaintext", Median(ratios), ratio, kRatioMin,
              Median(p99_ratios));
  return ratio;
}

}  // namespace
}  // namespace varsam

int main(int argc, char** argv) {
  const absl::Duration time = absl::Seconds(argc > 1 ? std::atof(argv[1]) : 0.5);
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 21;
  const varsam::testing::TestPki pki;
  const double clear = varsam::Compare({}, {}, time, rounds);
  const double tls = varsam::Compare(pki.Files("consent"), pki.Files("gateway"), time, rounds);
  return clear >= varsam::kRatioMin && tls >= varsam::kRatioMin ? 0 : 1;
}
