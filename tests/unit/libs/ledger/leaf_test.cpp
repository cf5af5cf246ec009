#include "libs/ledger/leaf.h"

#include <catch2/catch.hpp>

namespace varsam::ledger {

TEST_CASE("a leaf is one line and reads back") {
  const absl::Time at = absl::FromUnixMicros(1795564800000001);
  const Hash commitment = Commitment("0123456789abcdef", "payload");
  const std::string text = LeafText(7, "consent_recorded", at, commitment);
  CHECK(text.starts_with("varsam1 7 consent_recorded 1795564800000001 "));
  CHECK(text.ends_with("=\n"));
  const auto leaf = ParseLeafText(text);
  REQUIRE(leaf);
  CHECK(leaf->index == 7);
  CHECK(leaf->kind == "consent_recorded");
  CHECK(leaf->at == at);
  CHECK(leaf->commitment == commitment);
}

TEST_CASE("what is not written as a leaf is none") {
  const std::string text = LeafText(7, "kind", absl::FromUnixMicros(5), Commitment("s", "p"));
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string shorter = text.substr(0, i);
    CHECK_FALSE(ParseLeafText(shorter));
  }
  CHECK_FALSE(ParseLeafText(text + "\n"));
  CHECK_FALSE(ParseLeafText("varsam1 07" + text.substr(9)));
  CHECK_FALSE(ParseLeafText("varsam1 -7" + text.substr(9)));
}

TEST_CASE("kinds are plain names") {
  CHECK(IsValidKind("consent_recorded"));
  CHECK(IsValidKind("a.b_2"));
  CHECK_FALSE(IsValidKind(""));
  CHECK_FALSE(IsValidKind("Consent"));
  CHECK_FALSE(IsValidKind("a b"));
  CHECK_FALSE(IsValidKind("1a"));
  CHECK_FALSE(IsValidKind(std::string(kKindBytesMax + 1, 'a')));
}

}  // namespace varsam::ledger
