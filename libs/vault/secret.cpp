#include "libs/vault/secret.h"

#include <cstring>

#include "libs/base/check.h"
#include "libs/base/random.h"

namespace varsam::vault {
namespace {

static_assert(kBoxOverheadBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES +
                                       crypto_aead_xchacha20poly1305_ietf_ABYTES);

constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;

const unsigned char* Unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Unsigned(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

void HmacParts(std::string_view key, std::string_view first, std::string_view second,
               unsigned char* out) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, Unsigned(key), key.size());
  crypto_auth_hmacsha256_update(&state, Unsigned(first), first.size());
  crypto_auth_hmacsha256_update(&state, Unsigned(second), second.size());
  crypto_auth_hmacsha256_final(&state, out);
  sodium_memzero(&state, sizeof(state));
}

}  // namespace

Secret::Secret(std::string_view bytes) {
  VARSAM_CHECK(bytes.size() == bytes_.size()) << "a key has 32 bytes";
  std::memcpy(bytes_.data(), bytes.data(), bytes_.size());
}

Secret Secret::Random() {
  Secret secret;
  FillRandom(secret.bytes_.data(), secret.bytes_.size());
  return secret;
}

Secret Hkdf(std::string_view input_key, std::string_view info) {
  const std::string salt(32, '\0');
  unsigned char extracted[32];
  unsigned char expanded[32];
  HmacParts(salt, input_key, {}, extracted);
  HmacParts({reinterpret_cast<const char*>(extracted), sizeof(extracted)}, info, "\x01", expanded);
  Secret secret({reinterpret_cast<const char*>(expanded), sizeof(expanded)});
  sodium_memzero(extracted, sizeof(extracted));
  sodium_memzero(expanded, sizeof(expanded));
  return secret;
}

std::string Hmac(const Secret& key, std::string_view text) {
  std::string mac(32, '\0');
  HmacParts(key.view(), text, {}, Unsigned(mac));
  return mac;
}

std::string Encrypt(const Secret& key, std::string_view bound, std::string_view plaintext) {
  std::string box(kBoxOverheadBytes + plaintext.size(), '\0');
  FillRandom(box.data(), kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Unsigned(box) + kNonceBytes, nullptr,
                                             Unsigned(plaintext), plaintext.size(), Unsigned(bound),
                                             bound.size(), nullptr, Unsigned(box), key.data());
  return box;
}

std::optional<std::string> Decrypt(const Secret& key, std::string_view bound,
                                   std::string_view box) {
  if (box.size() < kBoxOverheadBytes) return std::nullopt;
  std::string plaintext(box.size() - kBoxOverheadBytes, '\0');
  const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
      Unsigned(plaintext), nullptr, nullptr, Unsigned(box) + kNonceBytes, box.size() - kNonceBytes,
      Unsigned(bound), bound.size(), Unsigned(box), key.data());
  if (opened != 0) return std::nullopt;
  return plaintext;
}

}  // namespace varsam::vault
