// Negative controls of the vector runner: a wrong expectation must be seen and named.
#include "tests/unit/vectors/vectors.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

namespace varsam::vectors {
namespace {

using nlohmann::json;

json Load(const std::string& name) {
  std::ifstream file("tests/vectors/" + name);
  return json::parse(file);
}

// Every expectation of every case, one at a time, replaced by a value of the same type that is
// wrong.
json Wrong(const json& value) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number()) return value.get<int>() + 1;
  if (value.is_null()) return 1;
  if (value.is_array()) return json::array({"NOT_A_CODE"});
  const std::string text = value.get<std::string>();
  return text.size() == 10 ? "1999-01-01" : "1999-01-01T00:00:00Z";
}

int CountUnseen(const json& cases, Tally (*run)(const json&, std::ostream&)) {
  int unseen = 0;
  for (const json& test : cases) {
    for (const auto& [key, want] : test.at("expect").items()) {
      json wrong = test;
      wrong["expect"][key] = Wrong(want);
      std::ostringstream out;
      const Tally tally = run(json::array({wrong}), out);
      const bool named = out.str().find(" " + key + ": got ") != std::string::npos &&
                         out.str().find(test.at("id").get<std::string>()) != std::string::npos;
      if (tally.failed != 1 || tally.passed != 0 || !named) ++unseen;
    }
  }
  return unseen;
}

}  // namespace

TEST_CASE("a wrong expectation fails, whichever key it stands at") {
  CHECK(CountUnseen(Load("decide.json"), RunDecide) == 0);
  CHECK(CountUnseen(Load("deadline.json"), RunDeadline) == 0);
  CHECK(CountUnseen(Load("retention.json"), RunRetention) == 0);
  CHECK(CountUnseen(Load("breach.json"), RunBreach) == 0);
}

TEST_CASE("timestamps are compared as instants, everything else as equal values") {
  const AnswerCase answer = [](const json&, const json&) {
    return json{{"at", "2026-11-16T00:00:00+01:00"}, {"day", "2026-11-16"}, {"list", {"A", "B"}}};
  };
  const auto failed = [&](const json& expect) {
    std::ostringstream out;
    const json test = {{"id", "x"}, {"facts", {}}, {"ask", {}}, {"expect", expect}};
    return RunCases(json::array({test}), answer, out).failed;
  };
  CHECK(failed({{"at", "2026-11-15T23:00:00Z"}}) == 0);
  CHECK(failed({{"at", "2026-11-15T23:00:01Z"}}) == 1);
  CHECK(failed({{"day", "2026-11-16"}}) == 0);
  CHECK(failed({{"day", "2026-11-17"}}) == 1);
  CHECK(failed({{"list", {"B", "A"}}}) == 1);
  CHECK(failed({{"missing", nullptr}}) == 1);
  CHECK(failed(json::object()) == 0);
}

TEST_CASE("a case that cannot be run fails and the next one is still run") {
  json cases = Load("breach.json");
  cases[0]["facts"]["aware_at"] = "yesterday";
  cases[1].erase("ask");
  std::ostringstream out;
  const Tally tally = RunBreach(cases, out);
  CHECK(tally.failed == 2);
  CHECK(tally.passed == static_cast<int>(cases.size()) - 2);
  CHECK(RunBreach(json::object(), out).failed == 1);
}

}  // namespace varsam::vectors
