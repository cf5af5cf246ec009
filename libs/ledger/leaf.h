// What stands in the log for everyone to read, and what stands beside it.
//
// The public leaf is one line of text that says kind and time and commits to the payload; it holds no
// personal data:
//
//   varsam1 <kind> <microseconds since 1970, UTC> <base64 of SHA-256(salt ‖ payload)>\n
//
// The salt is 16 random bytes, drawn per entry, so that a payload cannot be guessed from its leaf. Erasing
// an entry removes payload and salt; the leaf, and with it the tree, stays.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "libs/ledger/merkle.h"

namespace varsam::ledger {

inline constexpr size_t kSaltBytes = 16;
inline constexpr size_t kKindBytesMax = 64;
inline constexpr size_t kPayloadBytesMax = 1 << 20;

// What a service appends. Personal parts of the payload are sealed by libs/vault beforehand.
struct Entry {
  std::string kind;     // [a-z][a-z0-9_.]{0,63}, e.g. "consent_recorded"; named by the service
  std::string payload;  // protobuf bytes
};

bool IsValidKind(std::string_view kind);

// An entry as it stands in the log. payload and salt are absent once erased.
struct StoredEntry {
  uint64_t index = 0;
  std::string kind;
  absl::Time at;
  Hash commitment = {};
  std::optional<std::string> payload;
  std::optional<std::string> salt;
};

Hash Commitment(std::string_view salt, std::string_view payload);
std::string LeafText(std::string_view kind, absl::Time at, const Hash& commitment);

struct Leaf {
  std::string kind;
  absl::Time at;
  Hash commitment = {};
};
std::optional<Leaf> ParseLeafText(std::string_view text);  // nullopt unless LeafText gives it back

}  // namespace varsam::ledger
