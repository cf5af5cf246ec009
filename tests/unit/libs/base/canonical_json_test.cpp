// Written JSON is byte for byte what a parser gives back in canonical form.
#include "libs/base/canonical_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <vector>

namespace varsam {

TEST_CASE("every character is written as a canonical writer does") {
  std::string text;
  for (int c = 1; c < 0x80; ++c) text += static_cast<char>(c);
  text += "å€😀";
  text += '\0';
  std::string json;
  AppendJsonText(json, text);
  CHECK(json == nlohmann::json(text).dump());
  CHECK(nlohmann::json::parse(json).get<std::string>() == text);
}

TEST_CASE("objects, lists and scalars read back and are canonical") {
  const std::vector<std::string> names = {"b", "a\"", ""};
  std::string json;
  {
    JsonObject object(json);
    object.Bool("a", true).Integer("b", -7).Texts("c", names).TextObjects("d", "x", names);
    object.Texts("e", {});
    object.Object("f").Text("g", "h").Raw("i", "null");
  }
  const auto parsed = nlohmann::json::parse(json);
  CHECK(parsed.dump() == json);
  CHECK(parsed["c"][1] == "a\"");
  CHECK(parsed["d"][0]["x"] == "b");
  CHECK(parsed["f"]["g"] == "h");
}

}  // namespace varsam
