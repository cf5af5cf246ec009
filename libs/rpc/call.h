// One rpc being answered, from admission to its end. Lives inside the server's context object (no
// allocation of its own) until gRPC is done with the call.
//
// Admission, in this order; the first that fails ends the call:
//   deadline missing            INVALID_ARGUMENT   DEADLINE_REQUIRED
//   not exactly one URI SAN spiffe://varsam/<name>
//                               UNAUTHENTICATED    PEER_IDENTITY
//   peer not in the table       PERMISSION_DENIED  PEER_NOT_ALLOWED
//   end user's assertion        UNAUTHENTICATED    CALLER_REQUIRED | CALLER_ASSERTION
//   too many in flight          RESOURCE_EXHAUSTED IN_FLIGHT_LIMIT (retry after 100 ms)
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "libs/obs/trace.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/assertion.h"
#include "libs/rpc/status.h"

namespace varsam::rpc {

inline constexpr size_t kPeerNameBytesMax = 63;

class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // The calling process, e.g. "gateway".
  std::string_view peer() const { return peer_; }
  // The caller's deadline, cut to the method's longest. Pass it on to every wait and call.
  absl::Time deadline() const { return deadline_; }
  bool expired() const;
  bool cancelled() const { return context_->IsCancelled(); }
  // The end user, verified; nullptr when none was sent (or the method ignores it).
  const Caller* caller() const { return caller_.get(); }
  // The caller's trace, or a fresh one. Read it from one thread at a time.
  const obs::TraceContext& trace();
  const Method& method() const { return *method_; }
  grpc::CallbackServerContext* context() const { return context_; }

  // Ends a unary call; exactly once, from any thread. Touch nothing of the call afterwards.
  void Finish(const absl::Status& status);

  // For streams (stream.h): true for the first of those who want to end the call.
  bool Close(const absl::Status& status);
  void JoinDrain(std::function<void()> on_drain);
  void LeaveDrain();

  // For Unary() and Stream() (shell.h): `reactor` is what Finish ends, null for streams.
  absl::Status Admit(Method& method, grpc::CallbackServerContext* context,
                     grpc::ServerUnaryReactor* reactor);
  // For the server's context allocator, when gRPC lets go of the call: closes what was left open.
  // Has the call been admitted or refused by Admit?
  bool Release();

 private:
  absl::Status CheckAll();
  absl::Status CheckDeadline();
  absl::Status CheckPeer();
  absl::Status CheckCaller();

  Method* method_ = nullptr;
  grpc::CallbackServerContext* context_ = nullptr;
  grpc::ServerUnaryReactor* reactor_ = nullptr;
  std::string_view peer_;
  std::array<char, kPeerNameBytesMax> peer_name_;  // what peer_ shows
  absl::Time deadline_;
  absl::Duration started_;
  std::unique_ptr<Caller> caller_;
  std::unique_ptr<obs::TraceContext> trace_;
  uint64_t drain_token_ = 0;
  std::atomic<bool> open_{false};
};

// The context objects our servers hand to handlers (server.cpp installs their allocator). A call
// that was answered without admission (a shell that forgot, or an rpc nobody implements) is found
// when its context is released: logged as an error, counted in varsam_rpc_not_admitted_total.
class CallContext final : public grpc::CallbackServerContext {
 public:
  Call call;
};

// The call of a context of ours. A context of a foreign server is a CHECK.
Call& CallOf(grpc::CallbackServerContext* context);

}  // namespace varsam::rpc
