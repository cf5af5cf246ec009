// From the parts of an HTTP request to the request message of the RPC.
//
//   path variables and query parameters  → fields by path (`filter.kind=x`, repeated = repeated)
//   body "*" or "field"                  → protobuf JSON
//   Idempotency-Key                      → request_id
//   If-Match                             → etag
//   Sec-GPC: 1                           → sec_gpc
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "services/gateway/transcode/json_codec.h"
#include "services/gateway/transcode/json_guard.h"

namespace varsam::gateway {

struct Route;

inline constexpr size_t kQueryParametersMax = 100;
inline constexpr size_t kIdempotencyKeyBytesMax = 255;

struct RequestParts {
  std::vector<std::pair<std::string, std::string>> variables;  // field path → text, from the router
  std::string_view query;                                      // raw, after '?'
  std::string_view body;
  bool form = false;                 // the body is application/x-www-form-urlencoded, not JSON
  std::string_view idempotency_key;  // header value, empty when absent
  std::string_view if_match;
  bool sec_gpc = false;  // "Sec-GPC: 1" (Global Privacy Control): sets the field sec_gpc
  std::string_view principal;  // scopes an idempotency key that is no UUID
};

// The fields from the message down to a leaf, by proto name or JSON name. INVALID_ARGUMENT naming
// the path when a step is missing, repeated before the end, or goes below a scalar.
absl::StatusOr<std::vector<const google::protobuf::FieldDescriptor*>> ResolveFieldPath(
    const google::protobuf::Descriptor& type, std::string_view path);

// Errors, each INVALID_ARGUMENT: INVALID_FIELD naming an unknown or ill-typed field or parameter,
// one given twice or both in the path and the query; what GuardJson says; BODY_NOT_ALLOWED;
// IDEMPOTENCY_KEY_REQUIRED (a write whose RPC has request_id and got none), INVALID_FIELD on
// Idempotency-Key. PRECONDITION_REQUIRED (428) where a PATCH with etag got neither etag nor
// If-Match.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> BuildRequest(
    const Route& route, const JsonCodec& codec, const RequestParts& parts,
    const JsonLimits& limits = {});

// The request id of an idempotency key: the key itself where it is a UUID, else a UUID (version 8,
// RFC 9562) hashed from principal, RPC and key, so that two callers never share one.
std::string RequestIdOf(std::string_view idempotency_key, std::string_view principal,
                        std::string_view method);

}  // namespace varsam::gateway
