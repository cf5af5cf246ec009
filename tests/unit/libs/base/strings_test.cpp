#include "libs/base/strings.h"

#include <catch2/catch.hpp>

namespace varsam {

TEST_CASE("hex goes there and back and refuses what is not hex") {
  CHECK(ToHex(std::string("\x00\xff\x1a", 3)) == "00ff1a");
  CHECK(FromHex("00FF1a") == std::string("\x00\xff\x1a", 3));
  CHECK_FALSE(FromHex("0"));
  CHECK_FALSE(FromHex("zz"));
}

TEST_CASE("base64 decoding is strict") {
  CHECK(ToBase64("any carnal pleas") == "YW55IGNhcm5hbCBwbGVhcw==");
  CHECK(FromBase64("YW55IGNhcm5hbCBwbGVhcw==") == "any carnal pleas");
  CHECK_FALSE(FromBase64("YW55IGNhcm5hbCBwbGVhcw"));    // padding is missing
  CHECK_FALSE(FromBase64("YW55IGNhcm5hbCBwbGVhcx=="));  // stray bits
  CHECK_FALSE(FromBase64("YW55 IGNhcm5hbCBwbGVhcw=="));
  CHECK(FromBase64Url("_-8") == std::string("\xff\xef", 2));
}

TEST_CASE("clean UTF-8") {
  CHECK(IsCleanUtf8("Åsa Öberg"));
  CHECK_FALSE(IsCleanUtf8(std::string("a\0b", 3)));
  CHECK_FALSE(IsCleanUtf8("\xc0\xaf"));      // over-long
  CHECK_FALSE(IsCleanUtf8("\xed\xa0\x80"));  // surrogate
  CHECK_FALSE(IsCleanUtf8("\xe5"));          // cut off
}

TEST_CASE("constant-time comparison compares") {
  CHECK(ConstantTimeEqual("abc", "abc"));
  CHECK_FALSE(ConstantTimeEqual("abc", "abd"));
  CHECK_FALSE(ConstantTimeEqual("abc", "ab"));
}

}  // namespace varsam
