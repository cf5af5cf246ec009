// Tokens that only this service can make: bytes and 128 bits of HMAC-SHA256 over them, as
// base64url. Each kind has a key of its own, so that one is good for nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace varsam::consent {

inline constexpr size_t kTokenMacBytes = 16;

std::string SignToken(const std::string& body, std::string_view key);
// The bytes that were signed; nullopt unless it is one of ours, byte for byte, of at most
// `body_bytes_max`.
std::optional<std::string> ReadSignedToken(std::string_view token, std::string_view key,
                                           size_t body_bytes_max);

}  // namespace varsam::consent
