// Streaming shells. A stream is one object on the heap that derives from WriteStream<Response>,
// ReadStream<Request> or BidiStream<Request, Response> and deletes itself when gRPC is done.
//
//   class WatchStream final : public rpc::WriteStream<v1::Event> {
//    public:
//     WatchStream(rpc::Call& call, …) : StreamReactor(call) { Write(&event_); }
//     void OnWriteDone(bool ok) override { if (!ok) return End(absl::CancelledError("gone")); … }
//   };
//   return rpc::Stream<grpc::ServerWriteReactor<v1::Event>>(watch_, context, [&](rpc::Call& call) {
//     return new WatchStream(call, …);
//   });
//
// End(status) may be said from any thread and any number of times; the first one counts. Because a
// drain or a cancellation may end the stream at any moment, write and read with Write() and Read(),
// which do nothing once it has ended; gRPC's own StartWrite after the end crashes. A drain of
// the server ends a stream with UNAVAILABLE, reason DRAINING, and its client comes back to another
// replica; override OnDrain to do it more gently (it runs on the draining thread). The destructor
// may take locks that are held around End, Write and Read: it never runs inside them.
#pragma once

#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "grpcpp/support/server_callback.h"
#include "libs/base/error.h"
#include "libs/rpc/call.h"

namespace varsam::rpc {

template <typename Reactor>
class StreamReactor : public Reactor {
 public:
  explicit StreamReactor(Call& call) : call_(call) {}

  void End(const absl::Status& status) {
    std::lock_guard lock(mutex_);
    if (!call_.Close(status)) return;
    ended_ = true;
    this->Finish(ToGrpc(status));
  }
  // One at a time each; *message lives until OnWriteDone / OnReadDone. false: the stream has ended,
  // and no such reaction comes.
  template <typename Message>
  bool Write(const Message* message) {
    std::lock_guard lock(mutex_);
    if (!ended_) this->StartWrite(message);
    return !ended_;
  }
  template <typename Message>
  bool Read(Message* message) {
    std::lock_guard lock(mutex_);
    if (!ended_) this->StartRead(message);
    return !ended_;
  }
  // For Stream(): after construction, when virtual calls are safe.
  void Begin() {
    call_.JoinDrain([this] { OnDrain(); });
  }

 protected:
  virtual void OnDrain() {
    End(RetryLater(absl::StatusCode::kUnavailable, "DRAINING", "the server is shutting down",
                   absl::Milliseconds(100)));
  }
  void OnCancel() override { End(absl::CancelledError("cancelled")); }
  void OnDone() override {
    call_.LeaveDrain();
    delete this;
  }
  ~StreamReactor() override = default;
  Call& call() { return call_; }

 private:
  Call& call_;
  std::mutex mutex_;
  bool ended_ = false;
};

template <typename Response>
using WriteStream = StreamReactor<grpc::ServerWriteReactor<Response>>;
template <typename Request>
using ReadStream = StreamReactor<grpc::ServerReadReactor<Request>>;
template <typename Request, typename Response>
using BidiStream = StreamReactor<grpc::ServerBidiReactor<Request, Response>>;

namespace internal {
template <typename Reactor>
class RefusedStream final : public Reactor {
 public:
  explicit RefusedStream(const absl::Status& status) { this->Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};
}  // namespace internal

// `make(Call&)` returns a new StreamReactor<Reactor>; gRPC owns it from here.
template <typename Reactor, typename Make>
Reactor* Stream(Method& method, grpc::CallbackServerContext* context, Make&& make) {
  Call& call = CallOf(context);
  if (absl::Status admitted = call.Admit(method, context, nullptr); !admitted.ok()) {
    return new internal::RefusedStream<Reactor>(admitted);
  }
  auto* const stream = make(call);
  stream->Begin();
  return stream;
}

}  // namespace varsam::rpc
