#include "libs/base/ids.h"

#include "libs/base/random.h"
#include "libs/base/strings.h"

namespace varsam {
namespace {

constexpr size_t kTextLength = 36;
bool IsDash(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

}  // namespace

std::string Uuid::ToString() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(kTextLength, '-');
  size_t at = 0;
  for (const uint8_t byte : bytes) {
    if (IsDash(at)) ++at;
    text[at++] = kDigits[byte >> 4];
    text[at++] = kDigits[byte & 15];
  }
  return text;
}

std::optional<Uuid> Uuid::Parse(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  Uuid id;
  size_t at = 0;
  for (uint8_t& byte : id.bytes) {
    if (IsDash(at) && text[at++] != '-') return std::nullopt;
    const int high = HexDigit(text[at++]), low = HexDigit(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    byte = static_cast<uint8_t>(high << 4 | low);
  }
  return id;
}

std::optional<Uuid> Uuid::FromBytes(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  Uuid id;
  std::memcpy(id.bytes.data(), bytes.data(), 16);
  return id;
}

Uuid NewUuidV4() {
  Uuid id;
  FillRandom(id.bytes.data(), id.bytes.size());
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0F) | 0x40);
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

Uuid NewUuidV7(absl::Time now) {
  Uuid id;
  FillRandom(id.bytes.data(), id.bytes.size());
  const auto millis = static_cast<uint64_t>(absl::ToUnixMillis(now));
  for (int i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(millis >> (8 * (5 - i)));
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0F) | 0x70);
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

}  // namespace varsam
