#include "services/gateway/transcode/route_table.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/api/annotations.pb.h"
#include "google/api/http.pb.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/gateway/transcode/request_builder.h"

namespace varsam::gateway {
namespace {

namespace pb = google::protobuf;

absl::Status BadRule(const pb::MethodDescriptor& method, std::string_view what) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "INVALID_HTTP_RULE",
                         absl::StrCat(method.full_name(), ": ", ToAbsl(what)));
}

std::pair<std::string, std::string> PatternOf(const google::api::HttpRule& rule) {
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      return {"GET", rule.get()};
    case google::api::HttpRule::kPut:
      return {"PUT", rule.put()};
    case google::api::HttpRule::kPost:
      return {"POST", rule.post()};
    case google::api::HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case google::api::HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    case google::api::HttpRule::kCustom:
      return {rule.custom().kind(), rule.custom().path()};
    default:
      return {};
  }
}

const pb::FieldDescriptor* TextField(const pb::Descriptor& type, const char* name) {
  const pb::FieldDescriptor* field = type.FindFieldByName(name);
  if (field == nullptr || field->is_repeated()) return nullptr;
  return field->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING ? field : nullptr;
}

absl::StatusOr<Route> ToRoute(const pb::MethodDescriptor& method,
                              const google::api::HttpRule& rule) {
  Route route;
  route.method = &method;
  auto [verb, path] = PatternOf(rule);
  if (verb.empty()) return BadRule(method, "no pattern");
  if (method.client_streaming()) return BadRule(method, "client streaming has no HTTP form");
  route.http_method = std::move(verb);
  ASSIGN_OR_RETURN(route.path, PathTemplate::Parse(path));
  const pb::Descriptor& input = *method.input_type();
  for (const PathVariable& variable : route.path.variables) {
    auto fields = ResolveFieldPath(input, variable.field_path);
    if (!fields.ok() || fields->back()->is_repeated()) {
      return BadRule(method,
                     absl::StrCat("{", variable.field_path, "} is no single field").c_str());
    }
  }
  if (rule.body() == "*") {
    route.whole_body = true;
  } else if (!rule.body().empty()) {
    route.body_field = input.FindFieldByName(rule.body());
    if (route.body_field == nullptr || route.body_field->is_repeated() ||
        route.body_field->message_type() == nullptr) {
      return BadRule(method, "body is no message field of the request");
    }
  }
  if (!rule.response_body().empty()) {
    route.response_field = method.output_type()->FindFieldByName(rule.response_body());
    if (route.response_field == nullptr) return BadRule(method, "response_body is no field");
  }
  route.request_id = TextField(input, "request_id");
  route.etag = TextField(input, "etag");
  route.response_etag = TextField(*method.output_type(), "etag");
  return route;
}

}  // namespace

absl::StatusOr<RouteTable> RouteTable::Build(
    const std::vector<const pb::ServiceDescriptor*>& services) {
  std::vector<Route> routes;
  RouterBuilder builder;
  const auto add = [&](const pb::MethodDescriptor& method,
                       const google::api::HttpRule& rule) -> absl::Status {
    ASSIGN_OR_RETURN(Route route, ToRoute(method, rule));
    RETURN_IF_ERROR(builder.Add(route.http_method, route.path, routes.size()));
    routes.push_back(std::move(route));
    return absl::OkStatus();
  };
  for (const pb::ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const pb::MethodDescriptor& method = *service->method(i);
      if (!method.options().HasExtension(google::api::http)) continue;
      const google::api::HttpRule& rule = method.options().GetExtension(google::api::http);
      RETURN_IF_ERROR(add(method, rule));
      for (const auto& more : rule.additional_bindings()) RETURN_IF_ERROR(add(method, more));
    }
  }
  return RouteTable{std::move(routes), std::move(builder).Build()};
}

}  // namespace varsam::gateway
