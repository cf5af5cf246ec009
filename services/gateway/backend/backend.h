// Calls to the services without knowing their messages: bytes in, bytes out, asynchronous, one
// channel per service. There is no code per RPC.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "libs/obs/metrics.h"
#include "libs/obs/trace.h"
#include "libs/rpc/assertion.h"

namespace varsam::gateway {

inline constexpr absl::Duration kAssertionReuse = absl::Seconds(15);
inline constexpr size_t kAssertionsKeptMax = 10'000;

struct BackendCall {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string service;  // whose channel: "consent" …
  std::string request;  // wire bytes
  absl::Time deadline;
  obs::TraceContext trace;
  const rpc::Caller* caller = nullptr;  // signed for this service and sent along; none = nobody
};

// A server stream in progress. Cancel from any thread; harmless when it has ended.
class BackendStream {
 public:
  virtual ~BackendStream() = default;
  virtual void Cancel() = 0;
};

// Thread-safe.
class Backend {
 public:
  using Done = std::function<void(absl::Status, std::string response)>;
  // False stops the stream.
  using OnMessage = std::function<bool(std::string message)>;

  // `signer` may be null (development without keys): then no caller is sent.
  Backend(std::map<std::string, std::shared_ptr<grpc::Channel>> channels,
          const rpc::CallerSigner* signer, obs::Metrics& metrics);
  ~Backend();

  // `done` runs once, on a gRPC thread. UNIMPLEMENTED (NO_SUCH_SERVICE) without a channel.
  void Unary(BackendCall call, Done done);
  // on_message for each message, then done.
  std::shared_ptr<BackendStream> ServerStream(BackendCall call, OnMessage on_message,
                                              std::function<void(absl::Status)> done);

  // Cancels nothing: waits until no call is in flight. False when some are after `limit`.
  bool WaitIdle(absl::Duration limit);

 private:
  struct Target;
  struct Call;
  class Reactor;
  friend class Reactor;
  Target* Find(const std::string& service);
  std::unique_ptr<grpc::ClientContext> Context(const BackendCall& call);
  std::string Assertion(const BackendCall& call);
  obs::RpcMetrics& MetricsOf(const google::protobuf::MethodDescriptor& method);
  void Leave();

  std::map<std::string, std::unique_ptr<Target>> targets_;
  const rpc::CallerSigner* signer_;
  obs::Metrics& metrics_;
  std::mutex mutex_;
  std::condition_variable idle_;
  size_t in_flight_ = 0;
  std::map<std::string, obs::RpcMetrics*> by_method_;
  // A signature serves the same caller for a while: a part of its lifetime, by real time.
  struct Signed {
    std::string assertion;
    absl::Time until;
  };
  std::unordered_map<std::string, Signed> signed_;
};

}  // namespace varsam::gateway
