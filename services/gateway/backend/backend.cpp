#include "services/gateway/backend/backend.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/support/byte_buffer.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status.h"

namespace varsam::gateway {
namespace {

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string out;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return out;
  out.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return out;
}

std::string PathOf(const google::protobuf::MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

}  // namespace

struct Backend::Target {
  explicit Target(const std::shared_ptr<grpc::Channel>& channel) : stub(channel) {}
  grpc::GenericStub stub;
};

struct Backend::Call {
  std::unique_ptr<grpc::ClientContext> context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  absl::Duration started;
  obs::RpcMetrics* metrics;
  Done done;
};

class Backend::Reactor final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                               public BackendStream {
 public:
  Reactor(Backend& backend, OnMessage on_message, std::function<void(absl::Status)> done)
      : backend_(backend), on_message_(std::move(on_message)), done_(std::move(done)) {}

  void Begin(Target& target, std::unique_ptr<grpc::ClientContext> context, const std::string& path,
             const std::string& request, std::shared_ptr<Reactor> self) {
    self_ = std::move(self);
    context_ = std::move(context);
    request_ = ToBuffer(request);
    target.stub.PrepareBidiStreamingCall(context_.get(), path, {}, this);
    StartWriteLast(&request_, {});
    StartRead(&message_);
    StartCall();
  }

  void Cancel() override { context_->TryCancel(); }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (!on_message_(ToBytes(message_))) return context_->TryCancel();
    StartRead(&message_);
  }

  void OnDone(const grpc::Status& status) override {
    done_(rpc::FromGrpc(status));
    backend_.Leave();
    self_.reset();
  }

 private:
  Backend& backend_;
  OnMessage on_message_;
  std::function<void(absl::Status)> done_;
  std::unique_ptr<grpc::ClientContext> context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer message_;
  std::shared_ptr<Reactor> self_;
};

Backend::Backend(std::map<std::string, std::shared_ptr<grpc::Channel>> channels,
                 const rpc::CallerSigner* signer, obs::Metrics& metrics)
    : signer_(signer), metrics_(metrics) {
  for (const auto& [name, channel] : channels) {
    targets_[name] = std::make_unique<Target>(channel);
  }
}

Backend::~Backend() = default;

Backend::Target* Backend::Find(const std::string& service) {
  const auto it = targets_.find(service);
  return it == targets_.end() ? nullptr : it->second.get();
}

std::string Backend::Assertion(const BackendCall& call) {
  if (signer_ == nullptr || call.caller == nullptr) return "";
  const rpc::Caller& caller = *call.caller;
  const absl::Time now = SystemClock().Now();
  // Lengths in front: no two callers share a key.
  std::string key =
      absl::StrCat(call.service, "|", static_cast<int>(caller.kind), "|", caller.id.size(), "|",
                   caller.id, caller.case_id.size(), "|", caller.case_id);
  for (const std::string& role : caller.roles) absl::StrAppend(&key, "|", role);
  {
    std::lock_guard lock(mutex_);
    const auto it = signed_.find(key);
    if (it != signed_.end() && now < it->second.until &&
        now + kAssertionReuse >= it->second.until) {
      return it->second.assertion;
    }
  }
  std::string assertion = signer_->Sign(caller, call.service, now);
  std::lock_guard lock(mutex_);
  if (signed_.size() >= kAssertionsKeptMax) signed_.clear();
  signed_[std::move(key)] = {assertion, now + kAssertionReuse};
  return assertion;
}

std::unique_ptr<grpc::ClientContext> Backend::Context(const BackendCall& call) {
  const std::string assertion = Assertion(call);
  return rpc::NewContext(
      {.deadline = call.deadline, .trace = &call.trace, .caller_assertion = assertion});
}

obs::RpcMetrics& Backend::MetricsOf(const google::protobuf::MethodDescriptor& method) {
  std::lock_guard lock(mutex_);
  ++in_flight_;
  obs::RpcMetrics*& metrics = by_method_[method.full_name()];
  if (metrics == nullptr) metrics = &metrics_.AddRpcClient(PathOf(method).substr(1));
  return *metrics;
}

void Backend::Leave() {
  std::lock_guard lock(mutex_);
  if (--in_flight_ == 0) idle_.notify_all();
}

void Backend::Unary(BackendCall call, Done done) {
  Target* target = Find(call.service);
  if (target == nullptr) {
    return done(ErrorWithReason(absl::StatusCode::kUnimplemented, "NO_SUCH_SERVICE",
                                "no channel to this service"),
                "");
  }
  auto state = std::make_shared<Call>();
  state->context = Context(call);
  state->request = ToBuffer(call.request);
  state->started = MonotonicNow();
  state->metrics = &MetricsOf(*call.method);
  state->metrics->Started();
  state->done = std::move(done);
  target->stub.UnaryCall(state->context.get(), PathOf(*call.method), {}, &state->request,
                         &state->response, [this, state](grpc::Status status) {
                           state->metrics->Finished(static_cast<int>(status.error_code()),
                                                    MonotonicNow() - state->started);
                           state->done(rpc::FromGrpc(status), ToBytes(state->response));
                           Leave();
                         });
}

std::shared_ptr<BackendStream> Backend::ServerStream(BackendCall call, OnMessage on_message,
                                                     std::function<void(absl::Status)> done) {
  Target* target = Find(call.service);
  if (target == nullptr) {
    done(ErrorWithReason(absl::StatusCode::kUnimplemented, "NO_SUCH_SERVICE",
                         "no channel to this service"));
    return nullptr;
  }
  MetricsOf(*call.method);
  auto reactor = std::make_shared<Reactor>(*this, std::move(on_message), std::move(done));
  reactor->Begin(*target, Context(call), PathOf(*call.method), call.request, reactor);
  return reactor;
}

bool Backend::WaitIdle(absl::Duration limit) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, absl::ToChronoMicroseconds(limit),
                        [this] { return in_flight_ == 0; });
}

}  // namespace varsam::gateway
