// absl::Status to and from the wire. The reason, the field violations and the retry hint of
// libs/base/error.h travel as google.rpc.ErrorInfo (domain "varsam"), BadRequest and RetryInfo in
// grpc-status-details-bin, so any gRPC client in any language can read them.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace varsam::rpc {

inline constexpr std::string_view kErrorDomain = "varsam";
inline constexpr size_t kErrorDetailsBytesMax = 4096;  // stays under the peer's metadata limit

// Details that would pass kErrorDetailsBytesMax are cut to reason and message.
grpc::Status ToGrpc(const absl::Status& status);
// Unknown details are skipped; details of another domain give no reason.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace varsam::rpc
