#include "libs/rpc/call.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc/grpc_security.h"
#include "grpc/grpc_security_constants.h"
#include "grpc/support/time.h"
#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/rpc/shell.h"

namespace varsam::rpc {
namespace {

constexpr std::string_view kTrustDomain = "spiffe://varsam/";
constexpr char kTraceMetadata[] = "traceparent";

bool IsPeerName(std::string_view name) {
  return !name.empty() && name.size() <= kPeerNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

// The values of one metadata key.
std::vector<std::string_view> Metadata(grpc::CallbackServerContext* context, const char* key) {
  std::vector<std::string_view> values;
  const auto& all = context->client_metadata();
  const auto [begin, end] = all.equal_range(key);
  for (auto at = begin; at != end; ++at) values.push_back({at->second.data(), at->second.size()});
  return values;
}

}  // namespace

Call& CallOf(grpc::CallbackServerContext* context) {
  auto* const ours = dynamic_cast<CallContext*>(context);
  VARSAM_CHECK(ours != nullptr) << "a shell runs only on a varsam::rpc::Server";
  return ours->call;
}

absl::Status Call::Admit(Method& method, grpc::CallbackServerContext* context,
                         grpc::ServerUnaryReactor* reactor) {
  method_ = &method;
  context_ = context;
  reactor_ = reactor;
  started_ = MonotonicNow();
  method_->metrics_->Started();
  const int in_flight = method_->in_flight_.fetch_add(1, std::memory_order_relaxed);
  open_.store(true, std::memory_order_relaxed);
  absl::Status status = CheckAll();
  if (status.ok() && in_flight >= method_->rules_.in_flight_max) {
    status = RetryLater(absl::StatusCode::kResourceExhausted, "IN_FLIGHT_LIMIT",
                        "too many calls of this method in flight", absl::Milliseconds(100));
  }
  if (!status.ok()) Close(status);
  return status;
}

absl::Status Call::CheckAll() {
  RETURN_IF_ERROR(CheckDeadline());
  RETURN_IF_ERROR(CheckPeer());
  if (!method_->Allows(peer_)) {
    return ErrorWithReason(absl::StatusCode::kPermissionDenied, "PEER_NOT_ALLOWED",
                           "the calling service may not call this method");
  }
  if (method_->rules_.caller == CallerRule::kIgnored) return absl::OkStatus();
  return CheckCaller();
}

absl::Status Call::CheckDeadline() {
  const gpr_timespec raw = gpr_convert_clock_type(context_->raw_deadline(), GPR_CLOCK_REALTIME);
  if (gpr_time_cmp(raw, gpr_inf_future(GPR_CLOCK_REALTIME)) == 0) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "DEADLINE_REQUIRED",
                           "every call carries a deadline");
  }
  timespec asked;
  asked.tv_sec = raw.tv_sec;
  asked.tv_nsec = raw.tv_nsec;
  deadline_ = std::min(absl::TimeFromTimespec(asked),
                       SystemClock().Now() + method_->rules_.deadline_max);
  return absl::OkStatus();
}

absl::Status Call::CheckPeer() {
  const std::string& insecure = method_->admission_->insecure_peer_;
  if (!insecure.empty()) {
    peer_ = insecure;
    return absl::OkStatus();
  }
  // The C interface, because every call pays for this: grpc::AuthContext allocates four times.
  grpc_auth_context* const auth = grpc_call_auth_context(context_->c_call());
  grpc_auth_property_iterator at =
      grpc_auth_context_find_properties_by_name(auth, GRPC_PEER_URI_PROPERTY_NAME);
  const grpc_auth_property* const first = grpc_auth_property_iterator_next(&at);
  if (first != nullptr && grpc_auth_property_iterator_next(&at) == nullptr) {
    std::string_view uri(first->value, first->value_length);
    if (uri.starts_with(kTrustDomain)) {
      uri.remove_prefix(kTrustDomain.size());
      if (IsPeerName(uri)) peer_ = {peer_name_.data(), uri.copy(peer_name_.data(), uri.size())};
    }
  }
  grpc_auth_context_release(auth);
  if (!peer_.empty()) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kUnauthenticated, "PEER_IDENTITY",
                         "want exactly one URI name spiffe://varsam/<name> in the certificate");
}

absl::Status Call::CheckCaller() {
  const std::vector<std::string_view> sent = Metadata(context_, kCallerMetadata);
  if (sent.empty()) {
    if (method_->rules_.caller == CallerRule::kOptional) return absl::OkStatus();
    return ErrorWithReason(absl::StatusCode::kUnauthenticated, "CALLER_REQUIRED",
                           "this method is called on behalf of an end user");
  }
  const AdmissionConfig& config = method_->admission_->config_;
  if (sent.size() != 1 || config.caller_verifier == nullptr) {
    return ErrorWithReason(absl::StatusCode::kUnauthenticated, "CALLER_ASSERTION",
                           "caller assertion: more than one, or none is accepted here");
  }
  ASSIGN_OR_RETURN(Caller caller, config.caller_verifier->Verify(sent[0], config.clock->Now()));
  caller_ = std::make_unique<Caller>(std::move(caller));
  return absl::OkStatus();
}

bool Call::expired() const { return SystemClock().Now() >= deadline_; }

const obs::TraceContext& Call::trace() {
  if (trace_ == nullptr) {
    const std::vector<std::string_view> sent = Metadata(context_, kTraceMetadata);
    const auto parsed = sent.size() == 1 ? obs::ParseTraceparent(sent[0]) : std::nullopt;
    trace_ = std::make_unique<obs::TraceContext>(parsed ? *parsed : obs::NewTrace());
  }
  return *trace_;
}

void Call::Finish(const absl::Status& status) {
  grpc::ServerUnaryReactor* const reactor = reactor_;
  VARSAM_CHECK(reactor != nullptr) << "Finish ends unary calls; streams say End";
  VARSAM_CHECK(Close(status)) << method_->full_name() << " finished twice";
  reactor->Finish(ToGrpc(status));
}

bool Call::Close(const absl::Status& status) {
  if (!open_.exchange(false, std::memory_order_acq_rel)) return false;
  method_->in_flight_.fetch_sub(1, std::memory_order_relaxed);
  method_->metrics_->Finished(static_cast<int>(status.code()), MonotonicNow() - started_);
  return true;
}

void Call::JoinDrain(std::function<void()> on_drain) {
  drain_token_ = method_->admission_->Join(std::move(on_drain));
}

void Call::LeaveDrain() {
  if (method_ != nullptr) method_->admission_->Leave(drain_token_);
}

bool Call::Release() {
  if (method_ != nullptr) Close(absl::CancelledError("released"));
  return method_ != nullptr;
}

void OnWorkers(WorkerPool& pool, Call& call, absl::AnyInvocable<absl::Status()> work) {
  const bool queued = pool.Submit([&call, work = std::move(work)]() mutable {
    if (call.cancelled() || call.expired()) {
      return call.Finish(absl::DeadlineExceededError("out of time before the work began"));
    }
    call.Finish(work());
  });
  if (!queued) {
    call.Finish(RetryLater(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                           "the queue of this service is full", absl::Milliseconds(200)));
  }
}

}  // namespace varsam::rpc
