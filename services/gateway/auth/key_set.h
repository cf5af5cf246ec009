// The public keys of an issuer (a JWKS, RFC 7517), and signatures checked against them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct _cjose_jwk_int;

namespace varsam::gateway {

inline constexpr size_t kJwksBytesMax = 256 * 1024;
inline constexpr size_t kJwksKeysMax = 64;

// Immutable; safe from every thread.
class KeySet {
 public:
  // Keeps the signing keys of the fixed list: RSA of at least 2048 bits (RS256) and EC P-256
  // (ES256), each with a kid. Symmetric and private keys are refused: INVALID_ARGUMENT
  // (INVALID_JWKS), also when none is left, two share a kid, or the text is not JSON.
  static absl::StatusOr<std::shared_ptr<const KeySet>> Parse(std::string_view json);
  ~KeySet();

  bool Has(std::string_view kid) const;
  // The payload of a compact JWS whose `alg` and `kid` the caller has read from its header.
  // UNAUTHENTICATED (INVALID_TOKEN) when the key is of another algorithm or the signature is wrong.
  absl::StatusOr<std::string> Verify(const std::string& compact, std::string_view alg,
                                     std::string_view kid) const;

 private:
  struct Key;
  KeySet();
  absl::Status Add(std::string_view jwk_json, std::string_view kid, std::string_view alg);
  std::map<std::string, std::unique_ptr<Key>, std::less<>> keys_;
};

}  // namespace varsam::gateway
