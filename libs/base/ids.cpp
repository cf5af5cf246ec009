#include "libs/base/ids.h"

#include "libs/base/random.h"
#include "libs/base/strings.h"

namespace varsam {
namespace {

constexpr size_t kTextLength = 36;
bool IsDash(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

}  // namespace

std::string Uuid::ToString() const {
  const std::string hex = ToHex(AsBytes());
  std::string text;
  text.reserve(kTextLength);
  for (size_t i = 0, digit = 0; i < kTextLength; ++i) {
    text.push_back(IsDash(i) ? '-' : hex[digit++]);
  }
  return text;
}

std::optional<Uuid> Uuid::Parse(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  std::string hex;
  hex.reserve(32);
  for (size_t i = 0; i < kTextLength; ++i) {
    if (IsDash(i)) {
      if (text[i] != '-') return std::nullopt;
    } else {
      hex.push_back(text[i]);
    }
  }
  auto bytes = FromHex(hex);
  if (!bytes) return std::nullopt;
  return FromBytes(*bytes);
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
