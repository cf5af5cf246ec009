// Bearer tokens and key sets from outside. Only the one genuine token among the seeds is taken (its
// key was thrown away, so nobody can make another), and only for whom it was made.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libs/base/check.h"
#include "services/gateway/auth/key_set.h"
#include "services/gateway/auth/token_verifier.h"

namespace varsam::gateway {
namespace {

constexpr std::string_view kJwks =
    R"({"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"c20fa33f3981b0e5","e":"AQAB","n":")"
    R"(oigo4mlQ24ENOgwCLS8vjrujKR9Ai-QDDxkTe7_dsvGanNEFCOfJonPmavOnmo0AUwyGFE1TOj3qE-)"
    R"(D2dOTlIhe6WszlDSBr6FBZuJYzyIfO4YDOElwD_bbN5rEO_dOOZ_K9pmvI0UsUpjP1o8F9SN5D6FNZ6bZ_x3CODLGy)"
    R"(tUJiFqDdoJfOJkpn9Emj3_uNEplyd2mwZ7r1yAZTpFJ9GI_-)"
    R"(B57YKg0LUfFfLa8TF97wT7Cy3bF8EHsXa_Kbo6rSra489919xGcu0fyEzxRvFl9g8Gjf1FrzlY3eUtjRuCTPnQk5FF)"
    R"(7prM1qRiSF7lhwfFNtp1u4-VyFODfeudyX9w)"
    R"("}]})";
const absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);

void Try(std::string_view text) {
  (void)KeySet::Parse(text);
  static TokenVerifier* verifier = [] {
    auto* made = new TokenVerifier({{"varsam-development", "varsam", "roles"}});
    const auto keys = KeySet::Parse(kJwks);
    VARSAM_CHECK(keys.ok()) << "the fixed keys";
    made->SetKeys("varsam-development", *keys);
    return made;
  }();
  const auto principal = verifier->Verify(std::string(text), kNow);
  VARSAM_CHECK(!principal.ok() || principal->caller.id == "seed") << "a forged token was taken";
}

}  // namespace
}  // namespace varsam::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varsam::gateway::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
