// Tokens, right and wrong, against keys made here.
#include "catch2/catch.hpp"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "services/gateway/auth/operations.h"
#include "services/gateway/auth/rate_limit.h"
#include "services/gateway/auth/sessions.h"
#include "services/gateway/auth/token_verifier.h"
#include "tests/integration/services/gateway/signer.h"
#include "tests/support/pki.h"

#include <openssl/hmac.h>

namespace varsam::gateway {
namespace {

using Json = nlohmann::json;
const absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);

Json Claims() {
  const int64_t now = absl::ToUnixSeconds(kNow);
  return {{"iss", "https://issuer.test"},
          {"aud", "varsam"},
          {"sub", "anna.handler"},
          {"iat", now - 10},
          {"nbf", now - 10},
          {"exp", now + 300},
          {"roles", {"case_officer", "superuser"}}};
}

Json With(Json claims, const char* name, Json value) {
  claims[name] = std::move(value);
  return claims;
}
Json Without(Json claims, const char* name) {
  claims.erase(name);
  return claims;
}

struct Fixture {
  Fixture()
      : rsa("rsa", "RS256"),
        ec("ec", "ES256"),
        stranger("rsa", "RS256"),
        verifier({{"https://issuer.test", "varsam", "roles"}},
                 [this](const std::string& issuer) { nudged = issuer; }) {
    auto keys = KeySet::Parse(Json{{"keys", {rsa.Public(), ec.Public()}}}.dump());
    REQUIRE(keys.ok());
    verifier.SetKeys("https://issuer.test", *keys);
  }
  std::string Reason(const std::string& token) {
    return ReasonOf(verifier.Verify(token, kNow).status());
  }
  TestKey rsa, ec, stranger;
  std::string nudged;
  TokenVerifier verifier;
};

TEST_CASE_METHOD(Fixture, "a right token of either algorithm names the caller and known roles") {
  for (const TestKey* key : {&rsa, &ec}) {
    const auto principal = verifier.Verify(key->Sign(Claims()), kNow);
    REQUIRE(principal.ok());
    CHECK(principal->caller.id == "anna.handler");
    CHECK(principal->caller.kind == rpc::CallerKind::kStaff);
    CHECK(principal->caller.roles == std::vector<std::string>{"case_officer"});
  }
  const auto client = verifier.Verify(rsa.Sign(With(Claims(), "client_id", "anna.handler")), kNow);
  REQUIRE(client.ok());
  CHECK(client->caller.kind == rpc::CallerKind::kClient);
  CHECK(verifier.Verify(rsa.Sign(With(Claims(), "aud", Json{"other", "varsam"})), kNow).ok());
  CHECK(verifier.Verify(rsa.Sign(Without(Claims(), "nbf")), kNow).ok());
}

TEST_CASE_METHOD(Fixture, "claims that are wrong or missing") {
  const int64_t now = absl::ToUnixSeconds(kNow);
  for (const Json& claims :
       {With(Claims(), "iss", "https://other.test"), With(Claims(), "aud", "other"),
        With(Claims(), "aud", Json::array()), With(Claims(), "exp", now - 31),
        With(Claims(), "exp", "tomorrow"), With(Claims(), "nbf", now + 31),
        With(Claims(), "sub", ""), With(Claims(), "sub", 7),
        With(Claims(), "sub", std::string(256, 'a')), Without(Claims(), "iss"),
        Without(Claims(), "aud"), Without(Claims(), "exp"), Without(Claims(), "sub"),
        Without(Without(Claims(), "nbf"), "iat")}) {
    INFO(claims.dump());
    CHECK(Reason(rsa.Sign(claims)) == "INVALID_TOKEN");
  }
}

TEST_CASE_METHOD(Fixture, "algorithms, keys and signatures that are wrong") {
  const Json good = {{"alg", "RS256"}, {"kid", "rsa"}};
  CHECK(Reason(RawToken({{"alg", "none"}, {"kid", "rsa"}}, Claims(), "")) == "INVALID_TOKEN");
  CHECK(Reason(RawToken({{"alg", "None"}, {"kid", "rsa"}}, Claims(), "x")) == "INVALID_TOKEN");
  CHECK(Reason(RawToken(good, Claims(), "")) == "INVALID_TOKEN");
  CHECK(Reason(RawToken(good, Claims(), std::string(256, 'x'))) == "INVALID_TOKEN");
  CHECK(Reason(stranger.Sign(Claims())) == "INVALID_TOKEN");
  // The public key as an HMAC secret, under an algorithm that is not on the list.
  const Json header = {{"alg", "HS256"}, {"kid", "rsa"}};
  const std::string input = ToBase64Url(header.dump()) + "." + ToBase64Url(Claims().dump());
  const std::string secret = rsa.Public().dump();
  unsigned char mac[32];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac, &size);
  CHECK(Reason(input + "." + ToBase64Url({reinterpret_cast<char*>(mac), size})) == "INVALID_TOKEN");
  CHECK(Reason(rsa.Sign({{"alg", "RS512"}, {"kid", "rsa"}}, Claims())) == "INVALID_TOKEN");
  CHECK(Reason(rsa.Sign({{"alg", "RS256"}}, Claims())) == "INVALID_TOKEN");
  CHECK(Reason(rsa.Sign({{"alg", "RS256"}, {"kid", "ec"}}, Claims())) == "INVALID_TOKEN");
  CHECK(Reason(rsa.Sign({{"alg", "RS256"}, {"kid", "rsa"}, {"crit", {"x"}}}, Claims())) ==
        "INVALID_TOKEN");
  CHECK(nudged.empty());
  CHECK(Reason(rsa.Sign({{"alg", "RS256"}, {"kid", "new"}}, Claims())) == "INVALID_TOKEN");
  CHECK(nudged == "https://issuer.test");
  for (const char* text : {"", ".", "..", "a.b.c", "a.b.c.d", "e30.e30.e30", "....", "e30.e30."}) {
    CHECK(Reason(text) == "INVALID_TOKEN");
  }
  CHECK(Reason(std::string(9000, 'a')) == "INVALID_TOKEN");
}

TEST_CASE_METHOD(Fixture, "malformed base64url is refused before the library sees it") {
  const std::string token = rsa.Sign(Claims());
  const std::string unsigned_part = token.substr(0, token.rfind('.') + 1);
  for (const char* signature :
       {"", "A", "A=", "A===", "AAAAA=", "AAAAA", "AA=", "AA==", "A.A", "+/8", "\n"}) {
    INFO(signature);
    CHECK(Reason(unsigned_part + signature) == "INVALID_TOKEN");
  }
  for (const char* number : {"A", "A=", "AAAAA=", "+/8", "AA==", "A B", ""}) {
    for (const char* name : {"n", "e"}) {
      INFO(name << ": " << number);
      const Json keys = {{"keys", {With(rsa.Public(), name, number)}}};
      CHECK(ReasonOf(KeySet::Parse(keys.dump()).status()) == "INVALID_JWKS");
    }
    const Json keys = {{"keys", {With(ec.Public(), "x", number)}}};
    CHECK(ReasonOf(KeySet::Parse(keys.dump()).status()) == "INVALID_JWKS");
  }
}

TEST_CASE_METHOD(Fixture, "a changed token is refused also after the right one was seen") {
  const std::string token = rsa.Sign(Claims());
  REQUIRE(verifier.Verify(token, kNow).ok());
  REQUIRE(verifier.Verify(token, kNow).ok());
  const size_t last = token.rfind('.');
  std::string forged = With(Claims(), "roles", Json{"operator"}).dump();
  forged = token.substr(0, token.find('.') + 1) + ToBase64Url(forged) + token.substr(last);
  CHECK(Reason(forged) == "INVALID_TOKEN");
  CHECK(ReasonOf(verifier.Verify(token, kNow + absl::Seconds(331)).status()) == "INVALID_TOKEN");
  // Rotated keys end what was verified with the old ones.
  auto only_ec = KeySet::Parse(Json{{"keys", {ec.Public()}}}.dump());
  verifier.SetKeys("https://issuer.test", *only_ec);
  CHECK(Reason(token) == "INVALID_TOKEN");
}

TEST_CASE("keys that are not for us are refused or passed over") {
  TestKey weak("weak", "RS256", 1024), good("good", "RS256"), twin("good", "ES256");
  const auto reason = [](const std::vector<Json>& keys) {
    return ReasonOf(KeySet::Parse(Json{{"keys", keys}}.dump()).status());
  };
  CHECK(reason({good.Public()}).empty());
  CHECK(reason({weak.Public()}) == "INVALID_JWKS");
  CHECK(reason({good.Private()}) == "INVALID_JWKS");
  CHECK(reason({good.Public(), twin.Public()}) == "INVALID_JWKS");
  CHECK(reason({Json{{"kty", "oct"}, {"k", "AQ"}, {"kid", "x"}}}) == "INVALID_JWKS");
  CHECK(reason({With(good.Public(), "use", "enc")}) == "INVALID_JWKS");
  CHECK(reason({With(good.Public(), "alg", "RS512")}) == "INVALID_JWKS");
  CHECK(reason({}) == "INVALID_JWKS");
  TokenVerifier verifier({{"https://issuer.test", "varsam", "roles"}});
  CHECK(ReasonOf(verifier.Verify(good.Sign(Claims()), kNow).status()) == "KEYS_UNAVAILABLE");
}

TEST_CASE("the development issuer's tokens are taken, by its own script") {
  const testing::TestPki pki;
  const std::string script = std::string(getenv("VARSAM_SOURCE_DIR")) + "/deploy/pki/dev-issuer ";
  REQUIRE(testing::RunCommand(script + "keys " + pki.dir()).code == 0);
  auto keys = KeySet::Parse(testing::ReadWhole(pki.dir() + "/dev-issuer.jwks"));
  REQUIRE(keys.ok());
  TokenVerifier verifier({{"varsam-development", "varsam", "roles"}});
  verifier.SetKeys("varsam-development", *keys);
  const testing::Shown shown =
      testing::RunCommand(script + "token " + pki.dir() + " anna operator,privacy_officer");
  REQUIRE(shown.code == 0);
  const auto principal =
      verifier.Verify(shown.text.substr(0, shown.text.find('\n')), SystemClock().Now());
  REQUIRE(principal.ok());
  CHECK(principal->caller.id == "anna");
  CHECK(principal->caller.roles == std::vector<std::string>{"operator", "privacy_officer"});
  CHECK(testing::RunCommand(script + "token " + pki.dir() + " 'a\"b' operator").code == 64);
  const std::string keys_again = testing::ReadWhole(pki.dir() + "/dev-issuer.jwks");
  REQUIRE(testing::RunCommand(script + "keys " + pki.dir()).code == 0);
  CHECK(testing::ReadWhole(pki.dir() + "/dev-issuer.jwks") == keys_again);
}

TEST_CASE("the development issuer makes a token for each role, a system's being its own client") {
  const testing::TestPki pki;
  const std::string script = std::string(getenv("VARSAM_SOURCE_DIR")) + "/deploy/pki/dev-issuer ";
  REQUIRE(testing::RunCommand(script + "keys " + pki.dir()).code == 0);
  auto keys = KeySet::Parse(testing::ReadWhole(pki.dir() + "/dev-issuer.jwks"));
  REQUIRE(keys.ok());
  TokenVerifier verifier({{"varsam-development", "varsam", "roles"}});
  verifier.SetKeys("varsam-development", *keys);
  const std::string out = pki.dir() + "/tokens";
  REQUIRE(testing::RunCommand(script + "tokens " + pki.dir() + " " + out).code == 0);
  for (const std::string name : {"operator", "privacy_officer", "case_officer", "marketing",
                                 "auditor", "system", "privacy_officer_2"}) {
    INFO(name);
    const std::string text = testing::ReadWhole(out + "/" + name);
    const auto principal = verifier.Verify(text.substr(0, text.find('\n')), SystemClock().Now());
    REQUIRE(principal.ok());
    CHECK(principal->caller.id == "dev-" + name);
    const std::string role = name == "privacy_officer_2" ? "privacy_officer" : name;
    CHECK(principal->caller.roles == std::vector<std::string>{role});
  }
}

TEST_CASE("sessions end when idle, when old, when closed") {
  Sessions sessions;
  const absl::Duration now = absl::Seconds(1000);
  const std::string id = sessions.Open("subject", "case", now, absl::Hours(100));
  REQUIRE(sessions.Find(id, now).has_value());
  CHECK(sessions.Find(id, now)->caller.case_id == "case");
  CHECK_FALSE(sessions.Find(id + "x", now).has_value());
  absl::Duration at = now;
  for (int i = 0; i < 47; ++i) {
    at += absl::Minutes(10);
    CHECK(sessions.Find(id, at).has_value());
  }
  CHECK_FALSE(sessions.Find(id, now + absl::Hours(8)).has_value());
  const std::string idle = sessions.Open("subject", "case", now, absl::Hours(1));
  CHECK_FALSE(sessions.Find(idle, now + absl::Minutes(15)).has_value());
  const std::string closed = sessions.Open("subject", "case", now, absl::Hours(1));
  sessions.Close(closed);
  CHECK_FALSE(sessions.Find(closed, now).has_value());
  CHECK(SessionIdOf("a=b; __Host-varsam=xyz; c=d") == "xyz");
  CHECK(SessionIdOf("__Host-varsam=x; __Host-varsam=y").empty());
}

TEST_CASE("the rate limit lets a burst through and then one per interval") {
  RateLimit limit(10, 5);
  absl::Duration now = absl::Seconds(1);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(limit.Take("a", now).has_value());
  CHECK(limit.Take("a", now).has_value());
  CHECK_FALSE(limit.Take("b", now).has_value());
  now += absl::Milliseconds(100);
  CHECK_FALSE(limit.Take("a", now).has_value());
  CHECK(limit.Take("a", now).has_value());
}

}  // namespace
}  // namespace varsam::gateway
