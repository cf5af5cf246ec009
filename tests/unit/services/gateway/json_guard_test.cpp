#include "services/gateway/transcode/json_guard.h"

#include <string>

#include "catch2/catch.hpp"
#include "libs/base/clock.h"
#include "libs/base/error.h"

namespace varsam::gateway {
namespace {

std::string Reason(std::string_view text) { return ReasonOf(GuardJson(text)); }

TEST_CASE("well-formed JSON passes") {
  for (const char* text :
       {"{}", "[]", " [1, -2.5e3, 0, \"a\\u00e5\\ud83d\\ude00\", true, false, null] ",
        R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]})", "9223372036854775807",
        "18446744073709551615", "-9223372036854775808", "0.1", "\"å\""}) {
    INFO(text);
    CHECK(GuardJson(text).ok());
  }
}

TEST_CASE("what is not RFC 8259 is refused") {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "]",
                           "{]",
                           "[1,]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "-",
                           "nul",
                           "tru",
                           "NaN",
                           "Infinity",
                           "'a'",
                           "\"a",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\t\"",
                           "1 2",
                           "{} {}",
                           "[1 2]",
                           "\"\\ud800\"",
                           "\"\\udc00\"",
                           "\"\\u0000\"",
                           "\"\xff\"",
                           "\"\xc0\x80\"",
                           "/**/1",
                           "[,1]",
                           "{\"a\":1 \"b\":2}",
                           "\xef\xbb\xbf{}"}) {
    INFO(text);
    CHECK(Reason(text) == "INVALID_JSON");
  }
}

TEST_CASE("duplicate keys are found, also behind escapes and among many") {
  CHECK(Reason(R"({"a":1,"a":2})") == "JSON_DUPLICATE_KEY");
  CHECK(Reason(R"({"a":1,"\u0061":2})") == "JSON_DUPLICATE_KEY");
  CHECK(Reason(R"([{"x":{"k":1,"k":1}}])") == "JSON_DUPLICATE_KEY");
  std::string many = "{";
  for (int i = 0; i < 50; ++i) many += "\"k" + std::to_string(i) + "\":1,";
  CHECK(GuardJson(many + "\"k50\":1}").ok());
  CHECK(Reason(many + "\"k3\":1}") == "JSON_DUPLICATE_KEY");
  CHECK(Reason(many + "\"k49\":1}") == "JSON_DUPLICATE_KEY");
}

TEST_CASE("numbers that would arrive changed are refused") {
  for (const char* text : {"18446744073709551616", "-9223372036854775809", "1e400",
                           "0.123456789012345678901", "123456789012345678901234567890"}) {
    INFO(text);
    CHECK(Reason(text) == "JSON_NUMBER_NOT_EXACT");
  }
}

TEST_CASE("depth is bounded at 32, arrays and objects alike") {
  CHECK(GuardJson(std::string(32, '[') + std::string(32, ']')).ok());
  CHECK(Reason(std::string(33, '[') + std::string(33, ']')) == "JSON_TOO_DEEP");
  std::string objects;
  for (int i = 0; i < 33; ++i) objects += "{\"a\":";
  CHECK(Reason(objects) == "JSON_TOO_DEEP");
}

TEST_CASE("bombs are cheap") {
  const auto timed = [](const std::string& text) {
    const absl::Duration start = MonotonicNow();
    CHECK_FALSE(GuardJson(text).ok());
    return MonotonicNow() - start;
  };
  CHECK(timed(std::string(32 * 1024, '[')) < absl::Milliseconds(5));
  CHECK(timed(std::string(16 * 1024, '[') + std::string(16 * 1024, ']')) < absl::Milliseconds(5));
  CHECK(timed("[" + std::string(1 << 19, '1') + "]") < absl::Milliseconds(50));
  std::string wide = "{";
  for (int i = 0; wide.size() < 1000000; ++i) wide += "\"k" + std::to_string(i) + "\":1,";
  CHECK(timed(wide + "\"k1\":1}") < absl::Milliseconds(400));
  CHECK(timed(std::string((1 << 20) + 1, ' ')) < absl::Milliseconds(5));
}

TEST_CASE("the error never quotes the text") {
  const absl::Status status = GuardJson(R"({"anna@example.se":1,"anna@example.se":2})");
  CHECK(status.ToString().find("anna") == std::string::npos);
}

}  // namespace
}  // namespace varsam::gateway
