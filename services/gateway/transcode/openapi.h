// The OpenAPI 3.1 document, from the same descriptors as the routes: paths, parameters, schemas,
// comments of the protos, and who may call what.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "services/gateway/transcode/route_table.h"

namespace varsam::gateway {

struct OpenApiOptions {
  std::string title = "Varsam";
  std::string version = "v1";
  // The roles that may call a method; "public" alone means anybody.
  std::function<std::vector<std::string>(std::string_view method)> roles;
};

// JSON text. Deterministic: the same descriptors give the same bytes.
std::string ToOpenApi(const RouteTable& table, const OpenApiOptions& options);

}  // namespace varsam::gateway
