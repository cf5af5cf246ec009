#include "libs/rpc/channel.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "grpc/grpc.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"
#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/rpc/assertion.h"
#include "libs/rpc/client_metrics.h"
#include "libs/rpc/tls.h"

namespace varsam::rpc {
namespace {

constexpr int kKeepaliveMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 3'000;
constexpr int kConnectMsMax = 5'000;
constexpr int kReconnectMsMin = 100;
constexpr int kReconnectMsMax = 2'000;

std::string ServiceConfig(const ChannelConfig& config) {
  std::string json = R"({"loadBalancingConfig":[{"round_robin":{}}])";
  if (!config.retry_methods.empty()) {
    std::vector<std::string> names;
    for (const std::string& method : config.retry_methods) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(method, absl::MaxSplits('/', 1));
      names.push_back(parts.second.empty()
                          ? absl::StrCat(R"({"service":")", parts.first, R"("})")
                          : absl::StrCat(R"({"service":")", parts.first, R"(","method":")",
                                         parts.second, R"("})"));
    }
    // A server of this gRPC that shuts down answers the calls of the last round trip with
    // CANCELLED, unprocessed; our handlers answer so only to callers that have cancelled.
    absl::StrAppend(&json, R"(,"methodConfig":[{"name":[)", absl::StrJoin(names, ","),
                    R"(],"retryPolicy":{"maxAttempts":3,"initialBackoff":"0.05s",)",
                    R"("maxBackoff":"1s","backoffMultiplier":2,)",
                    R"("retryableStatusCodes":["UNAVAILABLE","CANCELLED"]}}],)",
                    R"("retryThrottling":{"maxTokens":100,"tokenRatio":0.1})");
  }
  return absl::StrCat(json, "}");
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> NewChannel(const ChannelConfig& config) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (config.tls) {
    ASSIGN_OR_RETURN(credentials, NewChannelCredentials(*config.tls, config.service));
  }
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(ServiceConfig(config));
  arguments.SetMaxReceiveMessageSize(config.message_bytes_max);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMsMin);
  // Despite its name: how long one attempt to connect may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMsMax);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMsMax);
  if (config.metrics != nullptr) {
    return grpc::experimental::CreateCustomChannelWithInterceptors(
        config.target, credentials, arguments, CountCalls(config.metrics));
  }
  return grpc::CreateCustomChannel(config.target, credentials, arguments);
}

std::unique_ptr<grpc::ClientContext> NewContext(const CallOptions& options) {
  VARSAM_CHECK(options.deadline < absl::InfiniteFuture()) << "every call carries a deadline";
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(options.deadline));
  if (options.trace != nullptr) {
    context->AddMetadata("traceparent", options.trace->Child().ToTraceparent());
  }
  if (!options.caller_assertion.empty()) {
    context->AddMetadata(kCallerMetadata, std::string(options.caller_assertion));
  }
  return context;
}

}  // namespace varsam::rpc
