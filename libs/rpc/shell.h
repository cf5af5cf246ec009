// The frame of every rpc shell.
//
// Unary, answered from memory or with its own asynchronous end:
//
//   grpc::ServerUnaryReactor* Service::Decide(grpc::CallbackServerContext* context,
//                                             const v1::DecideRequest* request,
//                                             v1::DecideResponse* response) {
//     return rpc::Unary(decide_, context, [&](rpc::Call& call) -> absl::Status {
//       ASSIGN_OR_RETURN(Decide ask, FromProto(*request));
//       ToProto(view_.Decide(ask), response);
//       return absl::OkStatus();               // a body that returns a status is finished
//     });
//   }
//
//   return rpc::Unary(record_consent_, context, [&](rpc::Call& call) {  // a void body ends later
//     journal_.Submit(ask, [&call, response](…) { …; call.Finish(status); });
//   });
//
// Reads from a database:
//
//   return rpc::Unary(list_, context, [&](rpc::Call& call) {
//     rpc::OnWorkers(workers_, call, [this, &call, request, response]() -> absl::Status { … });
//   });
//
// request and response live until Finish. Streams: see stream.h.
#pragma once

#include <type_traits>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "grpcpp/support/server_callback.h"
#include "libs/rpc/call.h"
#include "libs/rpc/worker_pool.h"

namespace varsam::rpc {

template <typename Body>
grpc::ServerUnaryReactor* Unary(Method& method, grpc::CallbackServerContext* context, Body&& body) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  Call& call = CallOf(context);
  if (absl::Status admitted = call.Admit(method, context, reactor); !admitted.ok()) {
    reactor->Finish(ToGrpc(admitted));
    return reactor;
  }
  if constexpr (std::is_same_v<std::invoke_result_t<Body, Call&>, absl::Status>) {
    call.Finish(body(call));
  } else {
    static_assert(std::is_void_v<std::invoke_result_t<Body, Call&>>,
                  "a body returns absl::Status (finished here) or void (it calls Finish itself)");
    body(call);
  }
  return reactor;
}

// Runs `work` on the pool and finishes the call with what it returns. A full queue finishes with
// RESOURCE_EXHAUSTED, reason QUEUE_FULL; a call that was cancelled or ran out of time while queued
// is finished without running the work.
void OnWorkers(WorkerPool& pool, Call& call, absl::AnyInvocable<absl::Status()> work);

}  // namespace varsam::rpc
