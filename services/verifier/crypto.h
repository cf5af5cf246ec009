// Hashing, signatures and base64 for the verifier, on OpenSSL alone. Nothing here is shared with
// the code that writes the log: an error there must not be repeated here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace varsam::verifier {

std::string Sha256(std::string_view bytes);  // 32 bytes
// Pure Ed25519 (RFC 8032). False for a key or signature of the wrong length, too.
bool VerifyEd25519(std::string_view public_key, std::string_view text, std::string_view signature);

std::string EncodeBase64(std::string_view bytes);
// Standard alphabet with padding; nullopt unless encoding the result gives the same text back.
std::optional<std::string> DecodeBase64(std::string_view text);
std::string EncodeHex(std::string_view bytes);

}  // namespace varsam::verifier
