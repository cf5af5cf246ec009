#include "services/gateway/transcode/router.h"

#include "catch2/catch.hpp"
#include "libs/base/check.h"
#include "libs/base/error.h"

namespace varsam::gateway {
namespace {

PathTemplate Parsed(std::string_view text) {
  auto parsed = PathTemplate::Parse(text);
  REQUIRE(parsed.ok());
  return *parsed;
}

Router Built(const std::vector<std::pair<std::string, std::string>>& rules) {
  RouterBuilder builder;
  for (size_t i = 0; i < rules.size(); ++i) {
    REQUIRE(builder.Add(rules[i].first, Parsed(rules[i].second), i).ok());
  }
  return std::move(builder).Build();
}

TEST_CASE("templates that are wrong are refused with their text") {
  for (const char* text :
       {"", "v1", "/", "/v1//x", "/v1/", "/v1/{}", "/v1/{a", "/v1/{a=}", "/v1/{a={b}}", "/v1/**/x",
        "/v1/{a}/{a}", "/v1:", "/v1/x y", "/v1/{a b}", "/v1/{a}x", "/v1?x"}) {
    INFO(text);
    const auto parsed = PathTemplate::Parse(text);
    CHECK_FALSE(parsed.ok());
    CHECK(ReasonOf(parsed.status()) == "INVALID_PATH_TEMPLATE");
  }
}

TEST_CASE("variables, verbs and literals") {
  const Router router = Built({{"GET", "/v1/requests/{id}"},
                               {"POST", "/v1/requests/{id}:verify"},
                               {"POST", "/v1/requests"},
                               {"POST", "/v1/subjects:resolve"},
                               {"GET", "/v1/policies/current"},
                               {"GET", "/v1/policies/{version}"},
                               {"GET", "/v1/{name=files/**}"},
                               {"GET", "/v1/{parent=shelves/*}/books"}});
  RouteMatch match = router.Find("GET", "/v1/requests/42");
  REQUIRE(match.kind == RouteMatch::Kind::kFound);
  CHECK(match.route == 0);
  CHECK(match.variables == decltype(match.variables){{"id", "42"}});
  CHECK(router.Find("POST", "/v1/requests/42:verify").route == 1);
  CHECK(router.Find("POST", "/v1/requests/42:verify").variables[0].second == "42");
  CHECK(router.Find("POST", "/v1/requests").route == 2);
  CHECK(router.Find("POST", "/v1/subjects:resolve").route == 3);
  CHECK(router.Find("GET", "/v1/policies/current").route == 4);
  CHECK(router.Find("GET", "/v1/policies/1.0.0").route == 5);
  CHECK(router.Find("GET", "/v1/files/a/b%20c").variables[0].second == "files/a/b c");
  CHECK(router.Find("GET", "/v1/shelves/7/books").variables[0].second == "shelves/7");
  // A colon that is no verb belongs to the value; an encoded one always does.
  CHECK(router.Find("GET", "/v1/requests/a:b").variables[0].second == "a:b");
  CHECK(router.Find("POST", "/v1/requests/42%3Averify").kind ==
        RouteMatch::Kind::kMethodNotAllowed);
}

TEST_CASE("not found, not allowed, bad") {
  const Router router = Built({{"GET", "/v1/a/{id}"}, {"PATCH", "/v1/a/{id}"}});
  CHECK(router.Find("GET", "/v1/b").kind == RouteMatch::Kind::kNoSuchPath);
  CHECK(router.Find("GET", "/v1/a").kind == RouteMatch::Kind::kNoSuchPath);
  CHECK(router.Find("GET", "/v1/a/b/c").kind == RouteMatch::Kind::kNoSuchPath);
  const RouteMatch match = router.Find("DELETE", "/v1/a/1");
  CHECK(match.kind == RouteMatch::Kind::kMethodNotAllowed);
  CHECK(match.allowed_methods == std::vector<std::string>{"GET", "PATCH"});
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "/x";
  for (const std::string& path :
       {std::string("v1"), std::string(""), std::string("/v1/a/"), std::string("/v1//1"),
        std::string("/v1/a/.."), std::string("/v1/a/%2e%2e"), std::string("/v1/a/%2f"),
        std::string("/v1/a/%5c"), std::string("/v1/a/%00"), std::string("/v1/a/%0d%0a"),
        std::string("/v1/a/%"), std::string("/v1/a/%g1"), std::string("/v1/a/%ff"), deep}) {
    INFO(path);
    CHECK(router.Find("GET", path).kind == RouteMatch::Kind::kBadPath);
  }
}

TEST_CASE("two templates for the same paths stop the start") {
  RouterBuilder builder;
  REQUIRE(builder.Add("GET", Parsed("/v1/a/{id}"), 0).ok());
  REQUIRE(builder.Add("POST", Parsed("/v1/a/{id}"), 1).ok());
  REQUIRE(builder.Add("GET", Parsed("/v1/a/{id}:x"), 2).ok());
  const absl::Status again = builder.Add("GET", Parsed("/v1/a/{name=*}"), 3);
  CHECK(ReasonOf(again) == "DUPLICATE_ROUTE");
}

}  // namespace
}  // namespace varsam::gateway
