#include "services/gateway/transcode/openapi.h"

#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/descriptor.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"
#include "services/gateway/transcode/request_builder.h"

namespace varsam::gateway {
namespace {

namespace pb = google::protobuf;
using Json = nlohmann::ordered_json;

// Parameters below this many dots are listed; deeper ones work but are found in the schema.
constexpr int kParameterDepthMax = 2;

template <typename Descriptor>
std::string CommentOf(const Descriptor& descriptor) {
  pb::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return "";
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(location.leading_comments, '\n')) {
    lines.emplace_back(absl::StripAsciiWhitespace(line));
  }
  std::string out;
  for (const std::string& line : lines) absl::StrAppend(&out, out.empty() ? "" : " ", line);
  return std::string(absl::StripAsciiWhitespace(out));
}

bool HasBehavior(const pb::FieldDescriptor& field, google::api::FieldBehavior wanted) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == wanted) return true;
  }
  return false;
}

const std::map<std::string, Json>& WellKnown() {
  static const auto* types = new std::map<std::string, Json>{
      {"google.protobuf.Timestamp", {{"type", "string"}, {"format", "date-time"}}},
      {"google.protobuf.Duration", {{"type", "string"}, {"pattern", "^-?[0-9]+(\\.[0-9]+)?s$"}}},
      {"google.protobuf.FieldMask", {{"type", "string"}}},
      {"google.protobuf.Empty", {{"type", "object"}}},
      {"google.protobuf.Struct", {{"type", "object"}}},
      {"google.protobuf.Any", {{"type", "object"}}},
      {"google.protobuf.StringValue", {{"type", {"string", "null"}}}},
      {"google.protobuf.BoolValue", {{"type", {"boolean", "null"}}}},
      {"google.protobuf.Int32Value", {{"type", {"integer", "null"}}}},
      {"google.protobuf.Int64Value", {{"type", {"string", "null"}}}},
  };
  return *types;
}

class Writer {
 public:
  Writer(const RouteTable& table, const OpenApiOptions& options)
      : table_(table), options_(options) {}

  std::string Run() {
    Json document;
    document["openapi"] = "3.1.0";
    document["info"] = {{"title", options_.title}, {"version", options_.version}};
    document["servers"] = {{{"url", "/"}}};
    Json paths = Json::object();
    for (const Route& route : table_.routes) {
      paths[PathOf(route)][absl::AsciiStrToLower(route.http_method)] = Operation(route);
    }
    document["paths"] = std::move(paths);
    Json schemas = Json::object();
    while (!wanted_.empty()) {
      const auto [name, type] = *wanted_.begin();
      wanted_.erase(wanted_.begin());
      done_.insert(name);
      schemas[name] = ObjectSchema(*type);
    }
    for (const auto& [name, type] : enums_) schemas[name] = EnumSchema(*type);
    schemas["Problem"] = ProblemSchema();
    document["components"]["schemas"] = std::move(schemas);
    document["components"]["securitySchemes"] = {
        {"bearer", {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}},
        {"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "__Host-varsam"}}}};
    return document.dump(1);
  }

 private:
  static std::string PathOf(const Route& route) {
    std::string out;
    size_t variable = 0;
    const auto& variables = route.path.variables;
    for (size_t i = 0; i < route.path.segments.size();) {
      out += '/';
      if (variable < variables.size() && variables[variable].first == i) {
        absl::StrAppend(&out, "{", variables[variable].field_path, "}");
        i = variables[variable++].last;
      } else {
        const PathSegment& segment = route.path.segments[i++];
        out += segment.kind == PathSegment::Kind::kLiteral ? segment.literal : "*";
      }
    }
    if (!route.path.verb.empty()) absl::StrAppend(&out, ":", route.path.verb);
    return out;
  }

  Json Operation(const Route& route) {
    const pb::MethodDescriptor& method = *route.method;
    Json operation;
    std::string id = absl::StrCat(method.service()->name(), "_", method.name());
    const int again = ids_[id]++;
    operation["operationId"] = again == 0 ? id : absl::StrCat(id, "_", again + 1);
    operation["tags"] = {method.service()->name()};
    if (const std::string comment = CommentOf(method); !comment.empty()) {
      operation["description"] = comment;
    }
    Json parameters = Json::array();
    PathParameters(route, parameters);
    if (!route.whole_body) QueryParameters(route, *method.input_type(), "", 0, parameters);
    HeaderParameters(route, parameters);
    if (!parameters.empty()) operation["parameters"] = std::move(parameters);
    if (route.whole_body || route.body_field != nullptr) {
      const pb::Descriptor& type =
          route.whole_body ? *method.input_type() : *route.body_field->message_type();
      operation["requestBody"] = {{"required", true}, {"content", Content(type)}};
    }
    operation["responses"] = Responses(route);
    Security(method, operation);
    return operation;
  }

  void PathParameters(const Route& route, Json& parameters) {
    for (const PathVariable& variable : route.path.variables) {
      const auto fields = ResolveFieldPath(*route.method->input_type(), variable.field_path);
      parameters.push_back({{"name", variable.field_path},
                            {"in", "path"},
                            {"required", true},
                            {"schema", FieldSchema(*fields->back())}});
    }
  }

  void QueryParameters(const Route& route, const pb::Descriptor& type, const std::string& prefix,
                       int depth, Json& parameters) {
    for (int i = 0; i < type.field_count(); ++i) {
      const pb::FieldDescriptor& field = *type.field(i);
      const std::string name = absl::StrCat(prefix, field.name());
      if (depth == 0 && (&field == route.body_field || &field == route.request_id)) continue;
      if (IsPathVariable(route, name)) continue;
      const bool message = field.message_type() != nullptr &&
                           WellKnown().count(field.message_type()->full_name()) == 0;
      if (message) {
        if (field.is_repeated() || depth >= kParameterDepthMax) continue;
        QueryParameters(route, *field.message_type(), name + ".", depth + 1, parameters);
        continue;
      }
      Json parameter = {{"name", name}, {"in", "query"}, {"schema", FieldSchema(field)}};
      if (const std::string comment = CommentOf(field); !comment.empty()) {
        parameter["description"] = comment;
      }
      if (depth == 0 && HasBehavior(field, google::api::REQUIRED)) parameter["required"] = true;
      parameters.push_back(std::move(parameter));
    }
  }

  static bool IsPathVariable(const Route& route, const std::string& name) {
    for (const PathVariable& variable : route.path.variables) {
      if (variable.field_path == name) return true;
    }
    return false;
  }

  static void HeaderParameters(const Route& route, Json& parameters) {
    const bool write = route.http_method == "POST" || route.http_method == "PATCH";
    if (route.request_id != nullptr && write) {
      parameters.push_back({{"name", "Idempotency-Key"},
                            {"in", "header"},
                            {"description", "Required unless the body holds requestId."},
                            {"schema", {{"type", "string"}, {"maxLength", 255}}}});
    }
    if (route.etag != nullptr) {
      parameters.push_back(
          {{"name", "If-Match"}, {"in", "header"}, {"schema", {{"type", "string"}}}});
    }
  }

  Json Responses(const Route& route) {
    const pb::MethodDescriptor& method = *route.method;
    Json ok = {{"description", "OK"}};
    if (method.server_streaming()) {
      ok["content"]["text/event-stream"]["schema"] = {{"type", "string"}};
    } else if (route.response_field != nullptr) {
      ok["content"]["application/json"]["schema"] = FieldSchema(*route.response_field);
    } else {
      ok["content"] = Content(*method.output_type());
    }
    Json responses = {{"200", std::move(ok)}};
    const Json problem = {
        {"description", "Problem (RFC 9457)"},
        {"content",
         {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
    for (const char* status : {"400", "401", "403", "404", "409", "412", "413", "415", "422", "428",
                               "429", "500", "501", "503", "504"}) {
      responses[status] = problem;
    }
    return responses;
  }

  void Security(const pb::MethodDescriptor& method, Json& operation) {
    if (!options_.roles) return;
    const std::vector<std::string> roles = options_.roles(method.full_name());
    operation["x-varsam-roles"] = roles;
    Json security = Json::array();
    bool bearer = false, session = false;
    for (const std::string& role : roles) {
      if (role == "public") security.push_back(Json::object());
      session = session || role == "person";
      bearer = bearer || (role != "public" && role != "person");
    }
    if (bearer) security.push_back({{"bearer", Json::array()}});
    if (session) security.push_back({{"session", Json::array()}});
    operation["security"] = std::move(security);
  }

  Json Content(const pb::Descriptor& type) {
    return {{"application/json", {{"schema", Reference(type)}}}};
  }

  Json Reference(const pb::Descriptor& type) {
    const auto known = WellKnown().find(type.full_name());
    if (known != WellKnown().end()) return known->second;
    if (done_.count(type.full_name()) == 0) wanted_[type.full_name()] = &type;
    return {{"$ref", "#/components/schemas/" + type.full_name()}};
  }

  Json SingleSchema(const pb::FieldDescriptor& field) {
    switch (field.type()) {
      case pb::FieldDescriptor::TYPE_BOOL:
        return {{"type", "boolean"}};
      case pb::FieldDescriptor::TYPE_DOUBLE:
      case pb::FieldDescriptor::TYPE_FLOAT:
        return {{"type", "number"}};
      case pb::FieldDescriptor::TYPE_INT32:
      case pb::FieldDescriptor::TYPE_SINT32:
      case pb::FieldDescriptor::TYPE_SFIXED32:
        return {{"type", "integer"}, {"format", "int32"}};
      case pb::FieldDescriptor::TYPE_UINT32:
      case pb::FieldDescriptor::TYPE_FIXED32:
        return {{"type", "integer"}, {"minimum", 0}};
      case pb::FieldDescriptor::TYPE_INT64:
      case pb::FieldDescriptor::TYPE_SINT64:
      case pb::FieldDescriptor::TYPE_SFIXED64:
        return {{"type", "string"}, {"format", "int64"}};
      case pb::FieldDescriptor::TYPE_UINT64:
      case pb::FieldDescriptor::TYPE_FIXED64:
        return {{"type", "string"}, {"format", "uint64"}};
      case pb::FieldDescriptor::TYPE_BYTES:
        return {{"type", "string"}, {"contentEncoding", "base64"}};
      case pb::FieldDescriptor::TYPE_ENUM:
        enums_[field.enum_type()->full_name()] = field.enum_type();
        return {{"$ref", "#/components/schemas/" + field.enum_type()->full_name()}};
      case pb::FieldDescriptor::TYPE_MESSAGE:
        return Reference(*field.message_type());
      default:
        return {{"type", "string"}};
    }
  }

  Json FieldSchema(const pb::FieldDescriptor& field) {
    if (field.is_map()) {
      const pb::FieldDescriptor& value = *field.message_type()->FindFieldByName("value");
      return {{"type", "object"}, {"additionalProperties", SingleSchema(value)}};
    }
    if (field.is_repeated()) return {{"type", "array"}, {"items", SingleSchema(field)}};
    return SingleSchema(field);
  }

  Json ObjectSchema(const pb::Descriptor& type) {
    Json schema = {{"type", "object"}};
    if (const std::string comment = CommentOf(type); !comment.empty()) {
      schema["description"] = comment;
    }
    Json properties = Json::object(), required = Json::array();
    for (int i = 0; i < type.field_count(); ++i) {
      const pb::FieldDescriptor& field = *type.field(i);
      Json property = FieldSchema(field);
      if (const std::string comment = CommentOf(field); !comment.empty()) {
        property["description"] = comment;
      }
      if (HasBehavior(field, google::api::OUTPUT_ONLY)) property["readOnly"] = true;
      if (HasBehavior(field, google::api::REQUIRED)) required.push_back(field.json_name());
      properties[field.json_name()] = std::move(property);
    }
    schema["properties"] = std::move(properties);
    if (!required.empty()) schema["required"] = std::move(required);
    schema["additionalProperties"] = false;
    return schema;
  }

  static Json EnumSchema(const pb::EnumDescriptor& type) {
    Json schema = {{"type", "string"}};
    if (const std::string comment = CommentOf(type); !comment.empty()) {
      schema["description"] = comment;
    }
    for (int i = 0; i < type.value_count(); ++i) schema["enum"].push_back(type.value(i)->name());
    return schema;
  }

  static Json ProblemSchema() {
    const Json text = {{"type", "string"}};
    const Json violation = {{"type", "object"},
                            {"properties", {{"field", text}, {"description", text}}}};
    return {{"type", "object"},
            {"required", {"type", "title", "status", "code", "instance"}},
            {"properties",
             {{"type", text},
              {"title", text},
              {"status", {{"type", "integer"}}},
              {"code", text},
              {"instance", text},
              {"traceId", text},
              {"errors", {{"type", "array"}, {"items", violation}}}}}};
  }

  const RouteTable& table_;
  const OpenApiOptions& options_;
  std::map<std::string, int> ids_;
  std::map<std::string, const pb::Descriptor*> wanted_;
  std::set<std::string> done_;
  std::map<std::string, const pb::EnumDescriptor*> enums_;
};

}  // namespace

std::string ToOpenApi(const RouteTable& table, const OpenApiOptions& options) {
  return Writer(table, options).Run();
}

}  // namespace varsam::gateway
