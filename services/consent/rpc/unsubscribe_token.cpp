#include "services/consent/rpc/unsubscribe_token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "libs/base/strings.h"

namespace varsam::consent {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeadBytes = 2 + 16;
constexpr size_t kMacBytes = 16;

std::string Mac(std::string_view body, std::string_view key) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), kMacBytes);
}

}  // namespace

std::string MakeUnsubscribeToken(const UnsubscribeLink& link, std::string_view key) {
  std::string body;
  body += kVersion;
  body += static_cast<char>(kUnsubscribeKeyId);
  body += link.subject.AsBytes();
  body += link.mailing;
  return ToBase64Url(body + Mac(body, key));
}

std::optional<UnsubscribeLink> ReadUnsubscribeToken(std::string_view token, std::string_view key) {
  if (token.size() > 2 * (kHeadBytes + kMailingBytesMax + kMacBytes)) return std::nullopt;
  const std::optional<std::string> bytes = FromBase64Url(token);
  if (!bytes || bytes->size() < kHeadBytes + kMacBytes ||
      bytes->size() > kHeadBytes + kMailingBytesMax + kMacBytes) {
    return std::nullopt;
  }
  const std::string body = bytes->substr(0, bytes->size() - kMacBytes);
  if (!ConstantTimeEqual(Mac(body, key), std::string_view(*bytes).substr(body.size()))) {
    return std::nullopt;
  }
  if (body[0] != kVersion || static_cast<uint8_t>(body[1]) != kUnsubscribeKeyId) {
    return std::nullopt;
  }
  return UnsubscribeLink{SubjectId(*Uuid::FromBytes(std::string_view(body).substr(2, 16))),
                         body.substr(kHeadBytes)};
}

}  // namespace varsam::consent
