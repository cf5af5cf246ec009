#include <set>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "nlohmann/json.hpp"
#include "services/gateway/transcode/openapi.h"
#include "services/gateway/transcode/problem.h"
#include "services/gateway/transcode/request_builder.h"
#include "services/gateway/transcode/route_table.h"
#include "tests/unit/services/gateway/shop_pool.h"

namespace varsam::gateway {
namespace {

constexpr char kKey[] = "0190a7c8-1111-7222-8333-444455556666";

struct Fixture {
  Fixture() : codec(ShopPool()), table(*RouteTable::Build({Shop()})) {}

  absl::StatusOr<nlohmann::json> Call(std::string_view method, std::string_view target,
                                      std::string_view body = "", std::string_view key = "",
                                      std::string_view if_match = "") {
    const size_t mark = target.find('?');
    RouteMatch match = table.router.Find(method, target.substr(0, mark));
    REQUIRE(match.kind == RouteMatch::Kind::kFound);
    const Route& route = table.routes[match.route];
    RequestParts parts;
    parts.variables = match.variables;
    if (mark != std::string_view::npos) parts.query = target.substr(mark + 1);
    parts.body = body;
    parts.idempotency_key = key;
    parts.if_match = if_match;
    parts.principal = "tester";
    auto message = BuildRequest(route, codec, parts);
    if (!message.ok()) return message.status();
    auto json = codec.ToJson(*route.method->input_type(), (*message)->SerializeAsString());
    REQUIRE(json.ok());
    return nlohmann::json::parse(*json);
  }

  std::string FieldAtFault(const absl::StatusOr<nlohmann::json>& result) {
    REQUIRE_FALSE(result.ok());
    const auto violations = FieldViolationsOf(result.status());
    return violations.empty() ? ReasonOf(result.status()) : violations[0].field;
  }

  JsonCodec codec;
  RouteTable table;
};

TEST_CASE_METHOD(Fixture, "the browser's signal reaches the operations that want to know of it") {
  for (const bool signal : {false, true}) {
    RouteMatch match = table.router.Find("POST", "/v1/boxes");
    RequestParts parts;
    parts.body = "{}";
    parts.idempotency_key = kKey;
    parts.sec_gpc = signal;
    const auto message = BuildRequest(table.routes[match.route], codec, parts);
    REQUIRE(message.ok());
    const auto* field = (*message)->GetDescriptor()->FindFieldByName("sec_gpc");
    CHECK((*message)->GetReflection()->GetBool(**message, field) == signal);
  }
  RouteMatch match = table.router.Find("GET", "/v1/boxes/b");
  RequestParts parts;
  parts.variables = match.variables;
  parts.sec_gpc = true;  // an operation without the field
  CHECK(BuildRequest(table.routes[match.route], codec, parts).ok());
}

TEST_CASE_METHOD(Fixture, "path variables and query parameters reach their fields") {
  CHECK((*Call("GET", "/v1/boxes/b%20%C3%A5"))["boxId"] == "b å");
  const auto list =
      *Call("GET",
            "/v1/boxes?page_size=7&filter.colours=COLOUR_RED&filter.colours="
            "COLOUR_UNSPECIFIED&filter.packedAfter=2026-01-02T03:04:05Z&pageToken=a%2Bb+c");
  CHECK(list["pageSize"] == 7);
  CHECK(list["pageToken"] == "a+b c");
  CHECK(list["filter"]["colours"] == nlohmann::json({"COLOUR_RED", "COLOUR_UNSPECIFIED"}));
  CHECK(list["filter"]["packedAfter"] == "2026-01-02T03:04:05Z");
  CHECK((*Call("GET", "/v1/shelves/s1/boxes?page_size=1"))["filter"]["shelf"] == "s1");
}

TEST_CASE_METHOD(Fixture, "bodies reach their fields") {
  const auto create = *Call(
      "POST", "/v1/boxes",
      R"({"box":{"label":"x","weightGrams":"9007199254740993","packedAt":"2026-01-02T03:04:05.5Z",
          "inside":[{"label":"y"}],"counts":{"a":1},"seal":"AQI="}})",
      kKey);
  CHECK(create["requestId"] == kKey);
  CHECK(create["box"]["weightGrams"] == "9007199254740993");
  CHECK(create["box"]["inside"][0]["label"] == "y");
  CHECK(create["box"]["counts"]["a"] == 1);
  CHECK((*Call("POST", "/v1/boxes", R"({"box":{"weightGrams":9007199254740993}})",
               kKey))["box"]["weightGrams"] == "9007199254740993");
  const auto update = *Call("PATCH", "/v1/boxes/b1?update_mask=label,weightGrams",
                            R"({"label":"z"})", kKey, "\"e7\"");
  CHECK(update["box"]["boxId"] == "b1");
  CHECK(update["box"]["label"] == "z");
  CHECK(update["updateMask"] == "label,weightGrams");
  CHECK(update["etag"] == "e7");
}

TEST_CASE_METHOD(Fixture, "what is unknown or of the wrong type is refused by name") {
  CHECK(FieldAtFault(Call("GET", "/v1/boxes?nope=1")) == "nope");
  CHECK(FieldAtFault(Call("GET", "/v1/boxes?filter.nope=1")) == "filter.nope");
  CHECK(FieldAtFault(Call("GET", "/v1/boxes?page_size=x")) == "page_size");
  CHECK(FieldAtFault(Call("GET", "/v1/boxes?page_size=99999999999")) == "page_size");
  CHECK(FieldAtFault(Call("GET", "/v1/boxes?page_size=1&pageSize=2")) == "pageSize");
  CHECK(FieldAtFault(Call("GET", "/v1/boxes?filter.colours=RED")) == "filter.colours");
  CHECK(FieldAtFault(Call("GET", "/v1/boxes?filter=x")) == "filter");
  CHECK(FieldAtFault(Call("GET", "/v1/boxes?filter.packed_after=today")) == "filter.packed_after");
  CHECK(FieldAtFault(Call("GET", "/v1/boxes?anna%40example.se=1")) == "query");
  CHECK(FieldAtFault(Call("GET", "/v1/boxes/b?page_size=%")) == "query");
  CHECK(FieldAtFault(Call("GET", "/v1/shelves/s1/boxes?filter.shelf=s2")) == "filter.shelf");
  CHECK(FieldAtFault(Call("POST", "/v1/boxes?x=1", "{}", kKey)) == "x");
  CHECK(FieldAtFault(Call("POST", "/v1/boxes", R"({"nope":1})", kKey)) == "nope");
  CHECK(FieldAtFault(Call("POST", "/v1/boxes", R"({"box":{"nope":1}})", kKey)) == "box.nope");
  CHECK(FieldAtFault(Call("POST", "/v1/boxes", R"({"box":{"weightGrams":"x"}})", kKey)) ==
        "box.weight_grams");
  CHECK(FieldAtFault(Call("POST", "/v1/boxes", R"({"box":{"colour":"RED"}})", kKey)) ==
        "box.colour");
  CHECK(FieldAtFault(Call("POST", "/v1/boxes", "[]", kKey)) == "body");
  CHECK(ReasonOf(Call("POST", "/v1/boxes", "{", kKey).status()) == "INVALID_JSON");
  CHECK(FieldAtFault(Call("POST", "/v1/boxes/b:open", "{}")) == "BODY_NOT_ALLOWED");
}

TEST_CASE_METHOD(Fixture, "errors hold no value the caller sent") {
  for (const char* body :
       {R"({"box":{"weightGrams":"anna@example.se"}})", R"({"box":{"colour":"anna@example.se"}})",
        R"({"anna@example.se":1})", R"({"box":{"packedAt":"anna@example.se"}})",
        R"({"box":{"counts":{"anna@example.se":"x"}}})", R"({"box":"anna@example.se"})",
        R"({"box":{"seal":"anna@example.se"}})", R"({"box":{"inside":["anna@example.se"]}})"}) {
    INFO(body);
    const auto result = Call("POST", "/v1/boxes", body, kKey);
    REQUIRE_FALSE(result.ok());
    CHECK(result.status().ToString().find("anna") == std::string::npos);
    CHECK(ToProblem(result.status(), "", false).body.find("anna") == std::string::npos);
  }
}

TEST_CASE_METHOD(Fixture, "idempotency keys and etags") {
  CHECK(FieldAtFault(Call("POST", "/v1/boxes", "{}")) == "IDEMPOTENCY_KEY_REQUIRED");
  CHECK((*Call("POST", "/v1/boxes", absl::StrCat(R"({"requestId":")", kKey, "\"}")))["requestId"] ==
        kKey);
  CHECK(FieldAtFault(Call("POST", "/v1/boxes",
                          R"({"requestId":"0190a7c8-1111-7222-8333-000000000000"})", kKey)) ==
        "request_id");
  const std::string hashed = (*Call("POST", "/v1/boxes", "{}", "order 7"))["requestId"];
  CHECK(Uuid::Parse(hashed).has_value());
  CHECK(hashed == RequestIdOf("order 7", "tester", "varsam.gateway.test.v1.Shop.CreateBox"));
  CHECK(hashed != RequestIdOf("order 7", "other", "varsam.gateway.test.v1.Shop.CreateBox"));
  CHECK(hashed != RequestIdOf("order 7", "tester", "varsam.gateway.test.v1.Shop.UpdateBox"));
  CHECK(FieldAtFault(Call("POST", "/v1/boxes", "{}", std::string(256, 'k'))) == "Idempotency-Key");
  const auto missing = Call("PATCH", "/v1/boxes/b1", "{}", kKey);
  REQUIRE_FALSE(missing.ok());
  CHECK(HttpStatusOf(missing.status()) == 428);
  CHECK(FieldAtFault(Call("PATCH", "/v1/boxes/b1", "{}", kKey, "W/\"e\"")) == "If-Match");
}

TEST_CASE_METHOD(Fixture, "a bracket bomb is refused before any parser") {
  const std::string bomb = R"({"box":)" + std::string(32 * 1024, '[');
  const absl::Duration start = MonotonicNow();
  const auto result = Call("POST", "/v1/boxes", bomb, kKey);
  CHECK(MonotonicNow() - start < absl::Milliseconds(5));
  CHECK(ReasonOf(result.status()) == "JSON_TOO_DEEP");
  CHECK(HttpStatusOf(result.status()) == 400);
}

TEST_CASE_METHOD(Fixture, "rules that are wrong stop the start and name the method") {
  google::protobuf::DescriptorPool pool(&ShopPool());
  const auto build = [&pool](int n, const char* rule) {
    google::protobuf::FileDescriptorProto file;
    file.set_name(absl::StrCat("bad", n, ".proto"));
    file.set_package(absl::StrCat("bad", n));
    file.add_dependency(Shop()->file()->name());
    auto* service = file.add_service();
    service->set_name("S");
    auto* method = service->add_method();
    method->set_name("M");
    method->set_input_type(".varsam.gateway.test.v1.ListBoxesRequest");
    method->set_output_type(".varsam.gateway.test.v1.Box");
    auto* http = method->mutable_options()->MutableExtension(google::api::http);
    const std::string_view text(rule);
    http->set_get(std::string(text.substr(0, text.find('|'))));
    if (text.find('|') != text.npos) http->set_body(std::string(text.substr(text.find('|') + 1)));
    const auto* built = pool.BuildFile(file);
    REQUIRE(built != nullptr);
    return RouteTable::Build({built->service(0)}).status();
  };
  int n = 0;
  for (const char* rule : {"/v1/{nope}", "/v1/{filter.nope}", "/v1/{filter.colours}",
                           "/v1/{page_size.x}", "/v1/x|nope", "/v1/x|page_size"}) {
    INFO(rule);
    const absl::Status status = build(++n, rule);
    CHECK(ReasonOf(status) == "INVALID_HTTP_RULE");
    CHECK(status.message().find(absl::StrCat("bad", n, ".S.M")) != absl::string_view::npos);
  }
  CHECK(ReasonOf(build(++n, "/v1//x")) == "INVALID_PATH_TEMPLATE");
}

TEST_CASE_METHOD(Fixture, "the OpenAPI document is whole") {
  OpenApiOptions options;
  options.roles = [](std::string_view) { return std::vector<std::string>{"operator"}; };
  const auto document = nlohmann::json::parse(ToOpenApi(table, options));
  CHECK(document["openapi"] == "3.1.0");
  const auto& get = document["paths"]["/v1/boxes/{box_id}"]["get"];
  CHECK(get["description"] == "Reads one box.");
  CHECK(get["operationId"] == "Shop_GetBox");
  CHECK(get["parameters"][0]["in"] == "path");
  CHECK(get["x-varsam-roles"][0] == "operator");
  CHECK(document["paths"].contains("/v1/boxes/{box_id}:open"));
  CHECK(document["paths"]["/v1/boxes:watch"]["get"]["responses"]["200"]["content"].contains(
      "text/event-stream"));
  const auto& box = document["components"]["schemas"]["varsam.gateway.test.v1.Box"];
  CHECK(box["properties"]["label"]["description"] == "What is on the label.");
  CHECK(box["required"] == nlohmann::json({"label"}));
  CHECK(box["properties"]["weightGrams"]["type"] == "string");
  // Every reference resolves, every operation id stands once.
  std::set<std::string> ids;
  size_t references = 0;
  for (const auto& [path, item] : document["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      CHECK(ids.insert(operation["operationId"].get<std::string>()).second);
    }
  }
  const std::function<void(const nlohmann::json&)> walk = [&](const nlohmann::json& node) {
    if (node.is_object() && node.contains("$ref")) {
      ++references;
      const std::string target = node["$ref"].get<std::string>().substr(1);
      CHECK(document.contains(nlohmann::json::json_pointer(target)));
    }
    if (node.is_structured()) {
      for (const auto& child : node) walk(child);
    }
  };
  walk(document);
  CHECK(references > 10);
}

TEST_CASE("problems say what the table says and nothing more") {
  const auto status_of = [](absl::StatusCode code, const char* reason) {
    return HttpStatusOf(ErrorWithReason(code, reason, "anna@example.se is no text for outside"));
  };
  CHECK(status_of(absl::StatusCode::kFailedPrecondition, "X") == 400);
  CHECK(status_of(absl::StatusCode::kUnauthenticated, "X") == 401);
  CHECK(status_of(absl::StatusCode::kPermissionDenied, "X") == 403);
  CHECK(status_of(absl::StatusCode::kAborted, "X") == 409);
  CHECK(status_of(absl::StatusCode::kAborted, "ETAG_MISMATCH") == 412);
  CHECK(status_of(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED") == 422);
  CHECK(status_of(absl::StatusCode::kCancelled, "X") == 499);
  CHECK(status_of(absl::StatusCode::kUnknown, "X") == 500);
  CHECK(status_of(absl::StatusCode::kUnimplemented, "X") == 501);
  CHECK(status_of(absl::StatusCode::kDeadlineExceeded, "X") == 504);
  const Problem problem = ToProblem(
      RetryLater(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "anna", absl::Seconds(3)),
      "0123456789abcdef0123456789abcdef", true);
  const auto body = nlohmann::json::parse(problem.body);
  CHECK(problem.http_status == 429);
  CHECK(problem.retry_after == absl::Seconds(3));
  CHECK(body["code"] == "QUEUE_FULL");
  CHECK(body["type"] == "urn:varsam:problem:QUEUE_FULL");
  CHECK(body["title"] == "För många anrop, försök senare");
  CHECK(body["traceId"] == "0123456789abcdef0123456789abcdef");
  CHECK(problem.body.find("anna") == std::string::npos);
  CHECK(nlohmann::json::parse(
            ToProblem(InvalidField("a.b", "0, want 1..5"), "", false).body)["errors"][0]["field"] ==
        "a.b");
}

}  // namespace
}  // namespace varsam::gateway
