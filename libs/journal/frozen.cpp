#include "libs/journal/frozen.h"

#include <openssl/sha.h>

#include <cstring>

#include "libs/base/random.h"

namespace varsam::journal {
namespace {

// SHA-256(seed ‖ use ‖ n): independent of each other, repeatable from the seed.
std::array<uint8_t, 32> Derive(const std::array<uint8_t, 32>& seed, char use, uint32_t n) {
  std::array<uint8_t, 32 + 5> input;
  std::memcpy(input.data(), seed.data(), seed.size());
  input[32] = static_cast<uint8_t>(use);
  for (int i = 0; i < 4; ++i) input[33 + i] = static_cast<uint8_t>(n >> (8 * i));
  std::array<uint8_t, 32> output;
  SHA256(input.data(), input.size(), output.data());
  return output;
}

// RFC 9562: version in the high half of byte 6, variant 10 in the two top bits of byte 8.
Uuid Stamp(const std::array<uint8_t, 32>& random, uint8_t version) {
  Uuid id;
  std::memcpy(id.bytes.data(), random.data(), id.bytes.size());
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0f) | (version << 4));
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace

Uuid Frozen::FreshV7(uint32_t n) const {
  Uuid id = Stamp(Derive(seed, '7', n), 7);
  const int64_t millis = absl::ToUnixMillis(now);
  for (int i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(millis >> (8 * (5 - i)));
  return id;
}

Uuid Frozen::FreshV4(uint32_t n) const { return Stamp(Derive(seed, '4', n), 4); }

Frozen Freeze(absl::Time now) {
  Frozen frozen{.now = now, .id = NewUuidV7(now)};
  FillRandom(frozen.seed.data(), frozen.seed.size());
  return frozen;
}

}  // namespace varsam::journal
