#include "services/cli/build_call.h"

#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "services/cli/exit_code.h"
#include "services/cli/show.h"

namespace varsam::cli {
namespace {

using Kind = ArgumentKind;
using Json = nlohmann::json;

const Command kCommand = {
    "thing", "do", "", "POST", "/v1/things/{id}:do",
    {{"id", Kind::kText, "{id}", "", true, ""},
     {"--size", Kind::kInteger, "?page_size", "", false, "500"},
     {"--tag", Kind::kList, "/tags", "", false, ""},
     {"--on", Kind::kFlag, "/deep/on", "", false, ""},
     {"--json", Kind::kJson, "/raw", "", false, ""},
     {"--pair", Kind::kPairs, "/pairs", "", false, ""}},
    "", {}, ""};

}  // namespace

TEST_CASE("arguments go where the table says") {
  const auto call = BuildCall(kCommand, {{"id", {"å/1"}},
                                         {"--tag", {"a", "b"}},
                                         {"--on", {"true"}},
                                         {"--json", {R"([{"k":1}])"}},
                                         {"--pair", {"x=1", "y=a=b"}}});
  REQUIRE(call.ok());
  CHECK(call->path == "/v1/things/%c3%a5%2f1:do?page_size=500");
  CHECK(call->body == Json::parse(R"({"tags":["a","b"],"deep":{"on":true},"raw":[{"k":1}],
                                      "pairs":{"x":"1","y":"a=b"}})"));
}

TEST_CASE("what is wrong names the argument") {
  for (const auto& [values, name] : std::vector<std::pair<ArgumentValues, std::string>>{
           {{}, "id"},
           {{{"id", {"1"}}, {"--json", {"{"}}}, "--json"},
           {{{"id", {"1"}}, {"--size", {"many"}}}, ""},  // a query value is the server's to judge
           {{{"id", {"1"}}, {"--pair", {"=x"}}}, "--pair"}}) {
    const auto call = BuildCall(kCommand, values);
    if (name.empty()) {
      CHECK(call.ok());
      continue;
    }
    REQUIRE_FALSE(call.ok());
    CHECK(ExitCodeOf(call.status()) == kExitUsage);
    REQUIRE(FieldViolationsOf(call.status()).size() == 1);
    CHECK(FieldViolationsOf(call.status())[0].field == name);
  }
}

TEST_CASE("exit codes tell a script what to do") {
  CHECK(ExitCodeOf(200) == 0);
  CHECK(ExitCodeOf(400) == 2);
  CHECK(ExitCodeOf(404) == 3);
  CHECK(ExitCodeOf(409) == 4);
  CHECK(ExitCodeOf(412) == 4);
  CHECK(ExitCodeOf(422) == 4);
  CHECK(ExitCodeOf(401) == 5);
  CHECK(ExitCodeOf(403) == 5);
  CHECK(ExitCodeOf(503) == 6);
  CHECK(ExitCodeOf(429) == 6);
  CHECK(ExitCodeOf(504) == 7);
  CHECK(ExitCodeOf(500) == 1);
  CHECK(ExitCodeOf(absl::UnavailableError("")) == 6);
  CHECK(ExitCodeOf(absl::DeadlineExceededError("")) == 7);
}

TEST_CASE("a problem is shown with its code and its fields") {
  ApiResponse response;
  response.status = 400;
  response.json = Json::parse(R"({"code": "INVALID_FIELD", "title": "Nej",
                                  "errors": [{"field": "a.b", "description": "0, want 1"}]})");
  CHECK(ProblemText(response) == "INVALID_FIELD: Nej\n  a.b: 0, want 1\n");
  response.json = nullptr;
  CHECK(ProblemText(response) == "HTTP 400\n");
}

TEST_CASE("tables align by letters, not by bytes; YAML keeps the shape") {
  const Json answer = Json::parse(R"({"rows":[{"a":"åäö","b":{"c":1}},{"a":"x","b":{"c":22}}]})");
  CHECK(Show(answer, Format::kTable, "/rows", {"/a", "/b/c"}) == "A    C\nåäö  1\nx    22\n");
  CHECK(ToYaml(answer) ==
        "rows:\n  - a: \"åäö\"\n    b:\n      c: 1\n  - a: \"x\"\n    b:\n      c: 22\n");
  CHECK(ToYaml(Json::parse(R"({"e":[],"o":{}})")) == "e: []\no: {}\n");
}

}  // namespace varsam::cli
