#include "libs/vault/secret.h"

#include <catch2/catch.hpp>

#include "libs/base/strings.h"
#include "libs/vault/key_cache.h"

namespace varsam::vault {

TEST_CASE("HKDF-SHA256 as in RFC 5869, test case 3") {
  // Empty salt and info; the first 32 of its 42 bytes.
  const Secret key = Hkdf(std::string(22, '\x0b'), "");
  CHECK(ToHex(key.view()) == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST_CASE("HMAC-SHA256 as in RFC 4231, for a key of 32 bytes") {
  const Secret key(std::string(20, '\x0b') + std::string(12, '\0'));  // zero padded: the same key
  CHECK(ToHex(Hmac(key, "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST_CASE("a box opens only with its key and its binding") {
  const Secret key = Secret::Random();
  const std::string box = Encrypt(key, "place", "plain");
  CHECK(Decrypt(key, "place", box) == "plain");
  CHECK_FALSE(Decrypt(key, "placf", box));
  CHECK_FALSE(Decrypt(Secret::Random(), "place", box));
  CHECK_FALSE(Decrypt(key, "place", ""));
  CHECK(Encrypt(key, "place", "plain") != box);  // a nonce of its own
  for (size_t bit = 0; bit < box.size() * 8; ++bit) {
    std::string changed = box;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    CHECK_FALSE(Decrypt(key, "place", changed));
  }
}

TEST_CASE("the key cache is bounded, ages and forgets") {
  KeyCache cache(2, absl::Hours(1));
  const SubjectId a(NewUuidV4()), b(NewUuidV4()), c(NewUuidV4());
  const SubjectKey key{"12345678", Secret::Random()};
  cache.Put(a, key, cache.Mark());
  cache.Put(b, key, cache.Mark());
  CHECK(cache.Find(a));
  cache.Put(c, key, cache.Mark());  // b was used longest ago
  CHECK(cache.size() == 2);
  CHECK(cache.Find(a));
  CHECK_FALSE(cache.Find(b));
  const uint64_t before = cache.Mark();
  cache.Drop(a);
  CHECK_FALSE(cache.Find(a));
  cache.Put(a, key, before);  // read before the drop: must not come back
  CHECK_FALSE(cache.Find(a));
  KeyCache old(2, -absl::Seconds(1));
  old.Put(a, key, old.Mark());
  CHECK_FALSE(old.Find(a));
}

}  // namespace varsam::vault
