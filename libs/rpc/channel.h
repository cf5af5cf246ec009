// The only place that makes channels to other services: mTLS where the server must carry exactly
// spiffe://varsam/<service>, name resolution with round_robin, keepalive, and retries only where
// the contract makes them safe (reads, and writes that carry a request_id).
//
//   auto channel = rpc::NewChannel(
//       {.service = "consent", .target = "dns:///consent:7410", .tls = tls});
//   auto stub = v1::ConsentService::NewStub(*channel);
//   auto context = rpc::NewContext({.deadline = call.deadline(), .trace = &call.trace()});
//   stub->async()->Decide(context.get(), &request, &response, [..](grpc::Status status) {
//     absl::Status s = rpc::FromGrpc(status); … });
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "libs/obs/metrics.h"
#include "libs/obs/trace.h"
#include "libs/rpc/server_config.h"

namespace varsam::rpc {

struct ChannelConfig {
  std::string service;          // whose certificate is accepted, e.g. "consent"
  std::string target;           // "dns:///host:port" or "ipv4:127.0.0.1:7410,127.0.0.1:7510"
  std::optional<TlsFiles> tls;  // own files; none = plaintext (development)
  // "varsam.consent.v1.ConsentService" or "…/Decide": tried again (3 times in all, 50 ms → 1 s)
  // when the answer is UNAVAILABLE, or the server's CANCELLED of its shutdown. Name only reads and
  // writes with a request_id. Without an entry a draining replica can fail a call.
  std::vector<std::string> retry_methods;
  int message_bytes_max = 4 * 1024 * 1024;
  // Where the calls are counted (client_metrics.h); none = by the caller itself, or not at all.
  std::shared_ptr<obs::Metrics> metrics;
};

// INVALID_ARGUMENT for files that cannot work. Does not connect yet.
absl::StatusOr<std::shared_ptr<grpc::Channel>> NewChannel(const ChannelConfig& config);

struct CallOptions {
  absl::Time deadline;  // required; from call.deadline() or SystemClock + limit
  const obs::TraceContext* trace = nullptr;  // a child span is sent
  std::string_view caller_assertion;         // CallerSigner::Sign; only the gateway has one
};
std::unique_ptr<grpc::ClientContext> NewContext(const CallOptions& options);

}  // namespace varsam::rpc
