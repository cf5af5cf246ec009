// $n to question marks: order, repetition, lists, and what must not be touched.
#include "services/connector/adapters/sql/positional.h"

#include <catch2/catch.hpp>

namespace varsam::connector::sql {
namespace {

using Texts = std::vector<std::optional<std::string>>;

Value Text(const char* text) { return std::optional<std::string>(text); }

}  // namespace

TEST_CASE("values follow the order in which they are named, once for each time") {
  const Positional out = ToPositional("a = $2 AND b = $1 OR c = $2", {Text("x"), Text("y")});
  CHECK(out.sql == "a = ? AND b = ? OR c = ?");
  CHECK(out.values == Texts{"y", "x", "y"});
}

TEST_CASE("a null stays a null") {
  const Positional out = ToPositional("$1", {std::optional<std::string>()});
  CHECK(out.values == Texts{std::nullopt});
}

TEST_CASE("a dollar inside quotes is no parameter") {
  const Positional out = ToPositional("\"$1 \"\"$2\" = '$1''$2' AND x = $1", {Text("x")});
  CHECK(out.sql == "\"$1 \"\"$2\" = '$1''$2' AND x = ?");
  CHECK(out.values == Texts{"x"});
}

TEST_CASE("brackets are written for every element of the lists, and with nulls for none") {
  const Values values = {std::vector<std::string>{"a", "b"}, std::vector<std::string>{"1", "2"}};
  const Positional out = ToPositional("(x, y) IN ($[($1, CAST($2 AS SIGNED))])", values);
  CHECK(out.sql == "(x, y) IN ((?, CAST(? AS SIGNED)), (?, CAST(? AS SIGNED)))");
  CHECK(out.values == Texts{"a", "1", "b", "2"});
  const Positional none = ToPositional("x IN ($[$1])", {std::vector<std::string>{}});
  CHECK(none.sql == "x IN (NULL)");
  CHECK(none.values.empty());
}

}  // namespace varsam::connector::sql
