#include "libs/base/running_digest.h"

#include <catch2/catch.hpp>

#include "libs/base/strings.h"

namespace varsam {

TEST_CASE("pieces give the digest of the whole, and more may follow") {
  RunningDigest digest;
  // The empty text and "abc" of FIPS 180-4's examples.
  CHECK(ToHex(digest.Sha256()) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  digest.Add("a");
  digest.Add("");
  const std::string after_a = digest.Sha256();
  digest.Add("bc");
  CHECK(digest.Sha256() != after_a);
  CHECK(ToHex(digest.Sha256()) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace varsam
