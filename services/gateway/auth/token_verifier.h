// OIDC bearer tokens (RFC 9068 access tokens): who is it, and in which roles?
//
// Accepted only: a JWS of RS256 or ES256 (the header says which, the key set says whether), a kid
// the issuer publishes, no critical extensions; `iss` exactly a configured issuer, `aud` with our
// audience, `exp` not passed, `nbf` (where a token has none, `iat`) not in the future, `sub`. Clock
// skew 30 s.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/auth/key_set.h"
#include "services/gateway/auth/principal.h"

namespace varsam::gateway {

inline constexpr size_t kTokenBytesMax = 8 * 1024;
inline constexpr absl::Duration kTokenSkewMax = absl::Seconds(30);
inline constexpr size_t kVerifiedTokensMax = 10'000;
inline constexpr size_t kRolesMax = 16;

struct Issuer {
  std::string issuer;
  std::string audience;
  std::string roles_claim = "roles";
};

// Thread-safe.
class TokenVerifier {
 public:
  // `unknown_kid` is called when a token names a key its issuer has not published yet.
  explicit TokenVerifier(std::vector<Issuer> issuers,
                         std::function<void(const std::string& issuer)> unknown_kid = {});

  // Replaces the keys of one issuer and forgets every token verified before.
  void SetKeys(const std::string& issuer, std::shared_ptr<const KeySet> keys);

  // UNAUTHENTICATED INVALID_TOKEN (which check failed is not told), UNAVAILABLE KEYS_UNAVAILABLE
  // while the keys of a known issuer have never been read.
  absl::StatusOr<Principal> Verify(const std::string& token, absl::Time now);

 private:
  struct Verified {
    Principal principal;
    absl::Time until;
  };
  absl::StatusOr<Verified> Check(const std::string& token, absl::Time now);
  absl::StatusOr<std::shared_ptr<const KeySet>> KeysOf(const std::string& issuer);
  const Issuer* Find(const std::string& issuer) const;

  const std::vector<Issuer> issuers_;
  const std::function<void(const std::string&)> unknown_kid_;
  std::mutex mutex_;
  uint64_t generation_ = 0;
  std::map<std::string, std::shared_ptr<const KeySet>> keys_;
  std::unordered_map<std::string, Verified> verified_;  // by SHA-256 of the token
};

}  // namespace varsam::gateway
