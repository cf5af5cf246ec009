// An issuer for tests: makes key pairs, a JWKS of the public halves, and tokens of any content,
// right or wrong.
#pragma once

#include <cjose/cjose.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"

namespace varsam::gateway {

class TestKey {
 public:
  // alg: RS256 (with this many bits) or ES256.
  TestKey(const std::string& kid, const std::string& alg, size_t bits = 2048) : alg_(alg) {
    cjose_err error{};
    jwk_ = alg == "ES256" ? cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error)
                          : cjose_jwk_create_RSA_random(bits, nullptr, 0, &error);
    VARSAM_CHECK(jwk_ != nullptr && cjose_jwk_set_kid(jwk_, kid.c_str(), kid.size(), &error));
    kid_ = kid;
  }
  ~TestKey() { cjose_jwk_release(jwk_); }
  TestKey(const TestKey&) = delete;
  TestKey& operator=(const TestKey&) = delete;

  nlohmann::json Public() const { return Export(false); }
  nlohmann::json Private() const { return Export(true); }

  std::string Sign(const nlohmann::json& claims) const {
    return Sign({{"alg", alg_}, {"kid", kid_}, {"typ", "at+jwt"}}, claims);
  }
  std::string Sign(const nlohmann::json& header, const nlohmann::json& claims) const {
    cjose_err error{};
    cjose_header_t* fields = cjose_header_new(&error);
    for (const auto& [name, value] : header.items()) {
      const bool set =
          value.is_string()
              ? cjose_header_set(fields, name.c_str(), value.get<std::string>().c_str(), &error)
              : cjose_header_set_raw(fields, name.c_str(), value.dump().c_str(), &error);
      VARSAM_CHECK(set);
    }
    const std::string payload = claims.dump();
    cjose_jws_t* jws = cjose_jws_sign(
        jwk_, fields, reinterpret_cast<const uint8_t*>(payload.data()), payload.size(), &error);
    const char* compact = nullptr;
    VARSAM_CHECK(jws != nullptr && cjose_jws_export(jws, &compact, &error));
    std::string token(compact);
    cjose_jws_release(jws);
    cjose_header_release(fields);
    return token;
  }

 private:
  nlohmann::json Export(bool secret) const {
    cjose_err error{};
    char* text = cjose_jwk_to_json(jwk_, secret, &error);
    VARSAM_CHECK(text != nullptr);
    const nlohmann::json json = nlohmann::json::parse(text);
    cjose_get_dealloc()(text);
    return json;
  }

  std::string alg_;
  std::string kid_;
  cjose_jwk_t* jwk_ = nullptr;
};

// header.payload.signature of any text.
inline std::string RawToken(const nlohmann::json& header, const nlohmann::json& claims,
                            const std::string& signature) {
  return absl::StrCat(ToBase64Url(header.dump()), ".", ToBase64Url(claims.dump()), ".",
                      ToBase64Url(signature));
}

}  // namespace varsam::gateway
