// Key material in memory, and the few operations on it. Internal to libs/vault.
#pragma once

#include <sodium.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace varsam::vault {

// 32 secret bytes that are wiped when they go out of use.
class Secret {
 public:
  Secret() { bytes_.fill(0); }
  // CHECK: 32 bytes.
  explicit Secret(std::string_view bytes);
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { sodium_memzero(bytes_.data(), bytes_.size()); }
  static Secret Random();

  const unsigned char* data() const { return bytes_.data(); }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  std::array<unsigned char, 32> bytes_;
};

// HKDF-SHA256 (RFC 5869) with an empty salt; 32 bytes.
Secret Hkdf(std::string_view input_key, std::string_view info);
// HMAC-SHA256, 32 bytes.
std::string Hmac(const Secret& key, std::string_view text);

// Random nonce (24) ‖ XChaCha20-Poly1305 ciphertext with tag (16). `bound` must be the same to
// open.
std::string Encrypt(const Secret& key, std::string_view bound, std::string_view plaintext);
std::optional<std::string> Decrypt(const Secret& key, std::string_view bound, std::string_view box);

inline constexpr size_t kBoxOverheadBytes = 24 + 16;

}  // namespace varsam::vault
