#include "services/gateway/auth/key_set.h"

#include <cjose/cjose.h>

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"
#include "services/gateway/transcode/json_guard.h"

namespace varsam::gateway {
namespace {

using Json = nlohmann::json;
constexpr size_t kRsaBitsMin = 2048;

absl::Status BadSet(std::string_view what) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "INVALID_JWKS", what);
}
absl::Status BadToken() {
  return ErrorWithReason(absl::StatusCode::kUnauthenticated, "INVALID_TOKEN",
                         "the token is not valid");
}

std::string Text(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// cjose ends the process on some malformed base64url ("A=" fails an assertion of its decoder), so
// nothing reaches it that was not read here before.
bool IsCompactJws(std::string_view text) {
  for (int part = 0; part < 3; ++part) {
    const size_t end = std::min(text.find('.'), text.size());
    if (!FromBase64Url(text.substr(0, end)) || (part < 2) == (end == text.size())) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

bool HasReadableNumbers(const Json& jwk) {
  for (const char* name : {"n", "e", "x", "y"}) {
    if (jwk.contains(name) && !FromBase64Url(Text(jwk, name))) return false;
  }
  return true;
}

// The algorithm a key is for; empty when it is not one of ours.
std::string AlgorithmOf(const Json& jwk) {
  const std::string kty = Text(jwk, "kty"), use = Text(jwk, "use"), alg = Text(jwk, "alg");
  if (!use.empty() && use != "sig") return "";
  const std::string natural = kty == "RSA"                                 ? "RS256"
                              : kty == "EC" && Text(jwk, "crv") == "P-256" ? "ES256"
                                                                           : "";
  return alg.empty() || alg == natural ? natural : "";
}

}  // namespace

struct KeySet::Key {
  ~Key() { cjose_jwk_release(jwk); }
  cjose_jwk_t* jwk = nullptr;
  std::string alg;
};

KeySet::KeySet() = default;
KeySet::~KeySet() = default;

absl::Status KeySet::Add(std::string_view jwk_json, std::string_view kid, std::string_view alg) {
  auto key = std::make_unique<Key>();
  cjose_err error{};
  key->jwk = cjose_jwk_import(jwk_json.data(), jwk_json.size(), &error);
  if (key->jwk == nullptr) return BadSet("a key cannot be read");
  if (alg == "RS256" && cjose_jwk_get_keysize(key->jwk, &error) < kRsaBitsMin) {
    return BadSet("an RSA key is shorter than 2048 bits");
  }
  key->alg = std::string(alg);
  if (!keys_.emplace(std::string(kid), std::move(key)).second)
    return BadSet("two keys share a kid");
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const KeySet>> KeySet::Parse(std::string_view json) {
  RETURN_IF_ERROR(GuardJson(json, {.json_bytes_max = kJwksBytesMax}));
  const Json root = Json::parse(json, nullptr, false);
  if (!root.is_object() || !root.contains("keys") || !root["keys"].is_array()) {
    return BadSet("no list of keys");
  }
  if (root["keys"].size() > kJwksKeysMax) return BadSet("too many keys");
  std::shared_ptr<KeySet> set(new KeySet());
  for (const Json& jwk : root["keys"]) {
    if (!jwk.is_object()) return BadSet("a key is no object");
    if (jwk.contains("d") || jwk.contains("k")) return BadSet("it holds a secret key");
    const std::string alg = AlgorithmOf(jwk), kid = Text(jwk, "kid");
    if (alg.empty() || kid.empty()) continue;
    if (!HasReadableNumbers(jwk)) return BadSet("a key cannot be read");
    RETURN_IF_ERROR(set->Add(jwk.dump(), kid, alg));
  }
  if (set->keys_.empty()) return BadSet("no signing key for RS256 or ES256 with a kid");
  return std::shared_ptr<const KeySet>(std::move(set));
}

bool KeySet::Has(std::string_view kid) const { return keys_.find(kid) != keys_.end(); }

absl::StatusOr<std::string> KeySet::Verify(const std::string& compact, std::string_view alg,
                                           std::string_view kid) const {
  const auto it = keys_.find(kid);
  if (it == keys_.end() || it->second->alg != alg || !IsCompactJws(compact)) return BadToken();
  cjose_err error{};
  cjose_jws_t* jws = cjose_jws_import(compact.data(), compact.size(), &error);
  if (jws == nullptr) return BadToken();
  const auto release = absl::MakeCleanup([jws] { cjose_jws_release(jws); });
  // The algorithm that cjose will use must be the one that was checked.
  const char* used = cjose_header_get(cjose_jws_get_protected(jws), CJOSE_HDR_ALG, &error);
  if (used == nullptr || alg != used) return BadToken();
  if (!cjose_jws_verify(jws, it->second->jwk, &error)) return BadToken();
  uint8_t* payload = nullptr;
  size_t size = 0;
  if (!cjose_jws_get_plaintext(jws, &payload, &size, &error)) return BadToken();
  return std::string(reinterpret_cast<const char*>(payload), size);
}

}  // namespace varsam::gateway
