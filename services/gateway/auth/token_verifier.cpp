#include "services/gateway/auth/token_verifier.h"

#include <openssl/sha.h>

#include <algorithm>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"
#include "services/gateway/auth/operations.h"
#include "services/gateway/transcode/json_guard.h"

namespace varsam::gateway {
namespace {

using Json = nlohmann::json;
constexpr size_t kSubjectBytesMax = 255;

absl::Status BadToken() {
  return ErrorWithReason(absl::StatusCode::kUnauthenticated, "INVALID_TOKEN",
                         "the token is not valid");
}

absl::StatusOr<Json> ParseObject(std::string_view text) {
  if (!GuardJson(text, {.json_bytes_max = kTokenBytesMax, .json_depth_max = 8}).ok()) {
    return BadToken();
  }
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return BadToken();
  return json;
}

absl::StatusOr<Json> ParsePart(std::string_view part) {
  const auto text = FromBase64Url(part);
  if (!text) return BadToken();
  return ParseObject(*text);
}

std::string Text(const Json& object, std::string_view name) {
  const auto it = object.find(std::string(name));
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// Seconds since 1970, as RFC 7519 NumericDate; infinite past when it is none.
absl::Time Instant(const Json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_number()) return absl::InfinitePast();
  return absl::FromUnixSeconds(0) + absl::Seconds(it->get<double>());
}

bool HasAudience(const Json& claims, const std::string& audience) {
  const auto it = claims.find("aud");
  if (it == claims.end()) return false;
  if (it->is_string()) return it->get<std::string>() == audience;
  return it->is_array() && std::any_of(it->begin(), it->end(), [&](const Json& one) {
           return one.is_string() && one.get<std::string>() == audience;
         });
}

std::vector<std::string> Roles(const Json& claims, const std::string& claim) {
  std::vector<std::string> roles;
  const auto it = claims.find(claim);
  if (it == claims.end() || !it->is_array()) return roles;
  for (const Json& one : *it) {
    if (!one.is_string() || !IsTokenRole(one.get<std::string>())) continue;
    if (roles.size() < kRolesMax) roles.push_back(one.get<std::string>());
  }
  return roles;
}

std::string DigestOf(const std::string& token) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace

TokenVerifier::TokenVerifier(std::vector<Issuer> issuers,
                             std::function<void(const std::string&)> unknown_kid)
    : issuers_(std::move(issuers)), unknown_kid_(std::move(unknown_kid)) {}

void TokenVerifier::SetKeys(const std::string& issuer, std::shared_ptr<const KeySet> keys) {
  std::lock_guard lock(mutex_);
  keys_[issuer] = std::move(keys);
  verified_.clear();
  ++generation_;
}

const Issuer* TokenVerifier::Find(const std::string& issuer) const {
  for (const Issuer& one : issuers_) {
    if (one.issuer == issuer) return &one;
  }
  return nullptr;
}

absl::StatusOr<std::shared_ptr<const KeySet>> TokenVerifier::KeysOf(const std::string& issuer) {
  std::lock_guard lock(mutex_);
  const auto it = keys_.find(issuer);
  if (it != keys_.end()) return it->second;
  return RetryLater(absl::StatusCode::kUnavailable, "KEYS_UNAVAILABLE",
                    "the issuer's keys have not been read yet", absl::Seconds(5));
}

absl::StatusOr<Principal> TokenVerifier::Verify(const std::string& token, absl::Time now) {
  if (token.size() > kTokenBytesMax) return BadToken();
  const std::string digest = DigestOf(token);
  uint64_t generation = 0;
  {
    std::lock_guard lock(mutex_);
    generation = generation_;
    const auto it = verified_.find(digest);
    if (it != verified_.end()) {
      if (now < it->second.until) return it->second.principal;
      verified_.erase(it);
    }
  }
  ASSIGN_OR_RETURN(Verified verified, Check(token, now));
  std::lock_guard lock(mutex_);
  if (generation == generation_) {
    if (verified_.size() >= kVerifiedTokensMax) verified_.clear();
    verified_.emplace(digest, verified);
  }
  return verified.principal;
}

absl::StatusOr<TokenVerifier::Verified> TokenVerifier::Check(const std::string& token,
                                                             absl::Time now) {
  const size_t first = token.find('.'), last = token.rfind('.');
  if (first == std::string::npos || token.find('.', first + 1) != last) return BadToken();
  ASSIGN_OR_RETURN(const Json header, ParsePart(std::string_view(token).substr(0, first)));
  const std::string alg = Text(header, "alg"), kid = Text(header, "kid");
  if ((alg != "RS256" && alg != "ES256") || kid.empty() || header.contains("crit")) {
    return BadToken();
  }
  // Read unverified only to know whose keys to take; everything is read again from what was signed.
  ASSIGN_OR_RETURN(const Json claimed,
                   ParsePart(std::string_view(token).substr(first + 1, last - first - 1)));
  const Issuer* issuer = Find(Text(claimed, "iss"));
  if (issuer == nullptr) return BadToken();
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeySet> keys, KeysOf(issuer->issuer));
  if (!keys->Has(kid) && unknown_kid_) unknown_kid_(issuer->issuer);
  ASSIGN_OR_RETURN(const std::string payload, keys->Verify(token, alg, kid));
  ASSIGN_OR_RETURN(const Json claims, ParseObject(payload));
  const absl::Time expires = Instant(claims, "exp");
  const absl::Time begins =
      claims.contains("nbf") ? Instant(claims, "nbf") : Instant(claims, "iat");
  const std::string subject = Text(claims, "sub");
  const bool fine = Text(claims, "iss") == issuer->issuer &&
                    HasAudience(claims, issuer->audience) && now < expires + kTokenSkewMax &&
                    begins != absl::InfinitePast() && begins <= now + kTokenSkewMax &&
                    !subject.empty() && subject.size() <= kSubjectBytesMax && IsCleanUtf8(subject);
  if (!fine) return BadToken();
  Verified verified;
  verified.until = expires + kTokenSkewMax;
  verified.principal.anonymous = false;
  // A client that acts for itself is its own subject (RFC 9068 §2.2).
  verified.principal.caller.kind =
      Text(claims, "client_id") == subject ? rpc::CallerKind::kClient : rpc::CallerKind::kStaff;
  verified.principal.caller.id = subject;
  verified.principal.caller.roles = Roles(claims, issuer->roles_claim);
  return verified;
}

}  // namespace varsam::gateway
