#include "services/consent/rpc/unsubscribe_token.h"

#include "services/consent/rpc/signed_token.h"

namespace varsam::consent {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeadBytes = 2 + 16;

}  // namespace

std::string MakeUnsubscribeToken(const UnsubscribeLink& link, std::string_view key) {
  std::string body;
  body += kVersion;
  body += static_cast<char>(kUnsubscribeKeyId);
  body += link.subject.AsBytes();
  body += link.mailing;
  return SignToken(body, key);
}

std::optional<UnsubscribeLink> ReadUnsubscribeToken(std::string_view token, std::string_view key) {
  const auto body = ReadSignedToken(token, key, kHeadBytes + kMailingBytesMax);
  if (!body || body->size() < kHeadBytes) return std::nullopt;
  if ((*body)[0] != kVersion || static_cast<uint8_t>((*body)[1]) != kUnsubscribeKeyId) {
    return std::nullopt;
  }
  return UnsubscribeLink{SubjectId(*Uuid::FromBytes(std::string_view(*body).substr(2, 16))),
                         body->substr(kHeadBytes)};
}

}  // namespace varsam::consent
