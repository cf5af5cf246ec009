#include "libs/base/strict_yaml.h"

#include <catch2/catch.hpp>

namespace varsam {
namespace {

std::string MessageOf(std::string_view text) {
  auto root = ParseYaml(text);
  if (!root.ok()) return std::string(root.status().message());
  YamlErrors errors;
  YamlMap map(*root, errors);
  map.Text("name");
  map.OptionalInteger("limit", 1, 500);
  map.Done();
  return std::string(errors.ToStatus().message());
}

}  // namespace

TEST_CASE("a good document passes") { CHECK(MessageOf("name: a\nlimit: 7\n") == ""); }

TEST_CASE("every fault names its line and bound") {
  CHECK(MessageOf("name: a\nlimt: 7\n") == "limt: line 2: unknown key limt");
  CHECK(MessageOf("limit: 7\n") == "document: line 1: key name is missing");
  CHECK(MessageOf("name: a\nlimit: 0\n") == "limit: line 2: want a whole number 1..500");
  CHECK(MessageOf("name: a\nname: b\n") == "line 2: key name stands twice");
  CHECK(MessageOf("name: &x a\nother: *x\n") == "line 2: aliases are not accepted");
  CHECK_FALSE(MessageOf(std::string(100, '[')).empty());
}

}  // namespace varsam
