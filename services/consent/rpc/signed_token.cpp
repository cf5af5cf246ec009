#include "services/consent/rpc/signed_token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "libs/base/strings.h"

namespace varsam::consent {
namespace {

std::string Mac(std::string_view body, std::string_view key) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), kTokenMacBytes);
}

}  // namespace

std::string SignToken(const std::string& body, std::string_view key) {
  return ToBase64Url(body + Mac(body, key));
}

std::optional<std::string> ReadSignedToken(std::string_view token, std::string_view key,
                                           size_t body_bytes_max) {
  if (token.size() > 2 * (body_bytes_max + kTokenMacBytes)) return std::nullopt;
  std::optional<std::string> bytes = FromBase64Url(token);
  if (!bytes || bytes->size() < kTokenMacBytes ||
      bytes->size() > body_bytes_max + kTokenMacBytes || ToBase64Url(*bytes) != token) {
    return std::nullopt;
  }
  const std::string body = bytes->substr(0, bytes->size() - kTokenMacBytes);
  if (!ConstantTimeEqual(Mac(body, key), std::string_view(*bytes).substr(body.size()))) {
    return std::nullopt;
  }
  return body;
}

}  // namespace varsam::consent
