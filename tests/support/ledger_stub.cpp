#include "tests/support/ledger_stub.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/rpc/status.h"
#include "libs/rpc/stream.h"

namespace varsam::testing {

namespace v1 = ledger::v1;

// Writes everything that is there, then waits to be woken.
class TailStream final : public rpc::WriteStream<v1::TailResponse> {
 public:
  TailStream(rpc::Call& call, LedgerStub& stub, uint64_t from)
      : StreamReactor(call), stub_(stub), next_(from) {
    std::lock_guard lock(stub_.mutex_);
    stub_.streams_.push_back(this);
    WriteLocked();
  }
  ~TailStream() override {
    std::lock_guard lock(stub_.mutex_);
    std::erase(stub_.streams_, this);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::CancelledError("gone"));
    std::lock_guard lock(stub_.mutex_);
    writing_ = false;
    WriteLocked();
  }
  void WriteLocked() {
    if (writing_ || (next_ == stub_.size_ && said_once_)) return;
    response_.Clear();
    uint64_t index = next_;
    if (stub_.hole_) ++index;
    for (; index < stub_.size_ && response_.entries_size() < 7; ++index) {
      v1::Entry* const entry = response_.add_entries();
      entry->set_index(index);
      entry->set_kind("thing_happened");
    }
    next_ = index;
    response_.set_next_index(next_);
    response_.set_size(stub_.size_);
    writing_ = said_once_ = true;
    Write(&response_);
  }

 private:
  LedgerStub& stub_;
  uint64_t next_;
  bool writing_ = false;
  bool said_once_ = false;
  v1::TailResponse response_;
};

LedgerStub::LedgerStub(rpc::Admission& admission, rpc::WorkerPool& workers)
    : get_checkpoint_(admission.For<LedgerService>("GetCheckpoint")),
      get_tile_(admission.For<LedgerService>("GetTile")),
      list_entries_(admission.For<LedgerService>("ListEntries")),
      verify_log_(admission.For<LedgerService>("VerifyLog")),
      tail_(admission.For<LedgerService>("Tail")),
      workers_(workers) {}

LedgerStub::~LedgerStub() = default;

void LedgerStub::AddEntries(int count) {
  std::lock_guard lock(mutex_);
  size_ += count;
  for (TailStream* stream : streams_) stream->WriteLocked();
}

void LedgerStub::BreakStreams() {
  std::lock_guard lock(mutex_);
  for (TailStream* stream : streams_) stream->End(absl::UnavailableError("broken on purpose"));
}

int LedgerStub::held() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(held_.size());
}

void LedgerStub::ReleaseHeld() {
  std::vector<rpc::Call*> held;
  {
    std::lock_guard lock(mutex_);
    held.swap(held_);
  }
  for (rpc::Call* call : held) call->Finish(absl::OkStatus());
}

grpc::ServerUnaryReactor* LedgerStub::GetCheckpoint(grpc::CallbackServerContext* context,
                                                    const v1::GetCheckpointRequest*,
                                                    v1::GetCheckpointResponse* response) {
  return rpc::Unary(get_checkpoint_, context, [&](rpc::Call& call) -> absl::Status {
    return answer_ ? answer_(call, response) : absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LedgerStub::GetTile(grpc::CallbackServerContext* context,
                                              const v1::GetTileRequest*, v1::GetTileResponse*) {
  return rpc::Unary(get_tile_, context, [&](rpc::Call& call) {
    std::lock_guard lock(mutex_);
    held_.push_back(&call);
  });
}

grpc::ServerUnaryReactor* LedgerStub::ListEntries(grpc::CallbackServerContext* context,
                                                  const v1::ListEntriesRequest*,
                                                  v1::ListEntriesResponse* response) {
  return rpc::Unary(list_entries_, context, [&](rpc::Call& call) {
    rpc::OnWorkers(workers_, call, [response]() -> absl::Status {
      response->set_size(7);
      return absl::OkStatus();
    });
  });
}

grpc::ServerUnaryReactor* LedgerStub::VerifyLog(grpc::CallbackServerContext* context,
                                                const v1::VerifyLogRequest*,
                                                v1::VerifyLogResponse* response) {
  return rpc::Unary(verify_log_, context, [&](rpc::Call&) -> absl::Status {
    response->set_intact(true);
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::TailResponse>* LedgerStub::Tail(grpc::CallbackServerContext* context,
                                                             const v1::TailRequest* request) {
  return rpc::Stream<grpc::ServerWriteReactor<v1::TailResponse>>(
      tail_, context,
      [&](rpc::Call& call) { return new TailStream(call, *this, request->from_index()); });
}

rpc::AccessTable TestAccess() {
  rpc::AccessTable access;
  access.Allow<LedgerService>("GetCheckpoint", {"gateway", "connector-*"}, {.in_flight_max = 512})
      .Allow<LedgerService>("GetTile", {"gateway"}, {.in_flight_max = 4})
      .Allow<LedgerService>("ListEntries", {"retention"})
      .Allow<LedgerService>("Tail", {"gateway", "retention"}, {.deadline_max = absl::Minutes(10)});
  return access;
}

rpc::ServerConfig TestServerConfig() {
  rpc::ServerConfig config;
  config.service = "consent";
  return config;
}

TestService::TestService(rpc::ServerConfig config, rpc::AccessTable access,
                         const rpc::CallerVerifier* verifier)
    : admission(access, {.service = "consent", .caller_verifier = verifier}, *metrics),
      workers({.name = "reads", .threads = 2, .queue_max = 16}, *metrics),
      stub(admission, workers) {
  auto started = rpc::Server::Start(config, admission, metrics, {&stub});
  VARSAM_CHECK(started.ok()) << started.status().ToString();
  server = *std::move(started);
}

TestService::~TestService() { stub.ReleaseHeld(); }

std::string TestService::target() const {
  return absl::StrCat("dns:///localhost:", server->port());
}

std::string TestService::health_target() const {
  return absl::StrCat("127.0.0.1:", server->health_port());
}

absl::Status CallOnce(const std::shared_ptr<grpc::Channel>& channel, std::string_view assertion) {
  const auto context = rpc::NewContext(
      {.deadline = SystemClock().Now() + absl::Seconds(5), .caller_assertion = assertion});
  v1::GetCheckpointResponse response;
  return rpc::FromGrpc(
      LedgerService::NewStub(channel)->GetCheckpoint(context.get(), {}, &response));
}

}  // namespace varsam::testing
