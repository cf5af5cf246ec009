#include "libs/base/ids.h"

#include <catch2/catch.hpp>

namespace varsam {

TEST_CASE("a UUID reads back from its text") {
  const Uuid id = NewUuidV4();
  CHECK(Uuid::Parse(id.ToString()) == id);
  CHECK_FALSE(Uuid::Parse("not-an-id"));
  CHECK_FALSE(Uuid::Parse(id.ToString() + "0"));
  const std::string text = "0123abcd-ef01-4234-8567-89ABCDEFabcd";
  REQUIRE(Uuid::Parse(text));
  CHECK(Uuid::Parse(text)->ToString() == "0123abcd-ef01-4234-8567-89abcdefabcd");
  for (size_t at = 0; at < text.size(); ++at) {
    std::string broken = text;
    broken[at] = text[at] == '-' ? '0' : '-';
    CHECK_FALSE(Uuid::Parse(broken));
    broken[at] = 'g';
    CHECK_FALSE(Uuid::Parse(broken));
  }
}

TEST_CASE("versions and time order") {
  CHECK(NewUuidV4().ToString()[14] == '4');
  const absl::Time now = absl::FromUnixMillis(1'780'000'000'000);
  const Uuid earlier = NewUuidV7(now);
  const Uuid later = NewUuidV7(now + absl::Milliseconds(1));
  CHECK(earlier.ToString()[14] == '7');
  CHECK(earlier < later);
}

}  // namespace varsam
