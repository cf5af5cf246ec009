#include "services/consent/rpc/claim_tokens.h"

#include <catch2/catch.hpp>

#include "libs/base/strings.h"

namespace varsam::consent {
namespace {

const std::string kKey(32, 'k');
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

template <typename Read>
void CheckEveryBit(const std::string& token, Read read) {
  REQUIRE(read(token, kKey));
  CHECK_FALSE(read(token, std::string(32, 'q')));
  CHECK_FALSE(read("", kKey));
  CHECK_FALSE(read(std::string(10'000, 'A'), kKey));
  const std::string bytes = *FromBase64Url(token);
  for (size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string changed = bytes;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    CHECK_FALSE(read(ToBase64Url(changed), kKey));
  }
}

}  // namespace

TEST_CASE("a snapshot token reads back, and no single changed bit does") {
  const ShownNotice shown{.notice = {"cookies", 3, "sv", std::string(64, 'a')},
                          .ui_sha256 = std::string(64, 'b'),
                          .subject = SubjectId(NewUuidV4()),
                          .shown_at = kNow,
                          .valid_until = kNow + kSnapshotLife};
  const std::string token = MakeSnapshotToken(shown, kKey);
  const auto read = ReadSnapshotToken(token, kKey);
  REQUIRE(read.has_value());
  CHECK(read->notice == shown.notice);
  CHECK(read->ui_sha256 == shown.ui_sha256);
  CHECK(read->subject == shown.subject);
  CHECK(read->shown_at == shown.shown_at);
  CHECK(read->valid_until == shown.valid_until);
  CheckEveryBit(token, [](const std::string& text, const std::string& key) {
    return ReadSnapshotToken(text, key).has_value();
  });
}

TEST_CASE("a confirmation token reads back, and no single changed bit does") {
  const ConfirmConsent claims{NewUuidV7(kNow), kNow};
  const std::string token = MakeConfirmationToken(claims, kKey);
  CHECK(ReadConfirmationToken(token, kKey)->requested == claims.requested);
  CheckEveryBit(token, [](const std::string& text, const std::string& key) {
    return ReadConfirmationToken(text, key).has_value();
  });
}

}  // namespace varsam::consent
