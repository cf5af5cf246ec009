#include "services/consent/rpc/unsubscribe_token.h"

#include <catch2/catch.hpp>

#include "libs/base/strings.h"

namespace varsam::consent {

TEST_CASE("a link reads back, and no single changed bit does") {
  const std::string key(32, 'k');
  const UnsubscribeLink link{SubjectId(NewUuidV4()), "2026-11 nyheter"};
  const std::string token = MakeUnsubscribeToken(link, key);
  const auto read = ReadUnsubscribeToken(token, key);
  REQUIRE(read.has_value());
  CHECK(read->subject == link.subject);
  CHECK(read->mailing == link.mailing);
  CHECK_FALSE(ReadUnsubscribeToken(token, std::string(32, 'q')).has_value());
  CHECK_FALSE(ReadUnsubscribeToken("", key).has_value());
  CHECK_FALSE(ReadUnsubscribeToken(std::string(10'000, 'A'), key).has_value());
  const std::string bytes = *FromBase64Url(token);
  for (size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string changed = bytes;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    CHECK_FALSE(ReadUnsubscribeToken(ToBase64Url(changed), key).has_value());
  }
}

}  // namespace varsam::consent
