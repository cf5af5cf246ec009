// The link of RFC 8058: who, which mailing, and 128 bits that only this service can make. It opens
// nothing but the stop. Text form: base64url of version (1) ‖ key id (1) ‖ subject (16) ‖ mailing
// ‖ MAC (16).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/base/ids.h"

namespace varsam::consent {

inline constexpr size_t kMailingBytesMax = 64;
inline constexpr uint8_t kUnsubscribeKeyId = 1;

struct UnsubscribeLink {
  SubjectId subject;
  std::string mailing;
};

// `key` is vault.DeriveKey("token/unsubscribe/1").
std::string MakeUnsubscribeToken(const UnsubscribeLink& link, std::string_view key);
// nullopt unless it is one of ours, byte for byte.
std::optional<UnsubscribeLink> ReadUnsubscribeToken(std::string_view token, std::string_view key);

}  // namespace varsam::consent
