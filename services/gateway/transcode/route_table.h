// Every RPC that carries a google.api.http option, as routes. Read from descriptors once at the
// start; a bad rule stops the start and names the method.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "services/gateway/transcode/path_template.h"
#include "services/gateway/transcode/router.h"

namespace varsam::gateway {

struct Route {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string http_method;
  PathTemplate path;
  bool whole_body = false;                                        // body: "*"
  const google::protobuf::FieldDescriptor* body_field = nullptr;  // body: "field"
  const google::protobuf::FieldDescriptor* response_field = nullptr;
  // The request's `request_id` (AIP-155) and `etag`, where it has them.
  const google::protobuf::FieldDescriptor* request_id = nullptr;
  const google::protobuf::FieldDescriptor* etag = nullptr;
  const google::protobuf::FieldDescriptor* response_etag = nullptr;
};

struct RouteTable {
  std::vector<Route> routes;
  Router router;

  // INVALID_ARGUMENT (INVALID_HTTP_RULE, INVALID_PATH_TEMPLATE) or ALREADY_EXISTS
  // (DUPLICATE_ROUTE): a template that does not parse, a variable or body that is no field of the
  // request, a repeated or message field in the path, a client-streaming method, two rules for one
  // path.
  static absl::StatusOr<RouteTable> Build(
      const std::vector<const google::protobuf::ServiceDescriptor*>& services);
};

}  // namespace varsam::gateway
