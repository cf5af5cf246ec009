// What stands in the log for everyone to read, and what stands beside it.
//
// The public leaf is one line of text that says where, what and when, and commits to the payload;
// it holds no personal data:
//
//   varsam1 <index> <kind> <microseconds since 1970, UTC> <base64 of SHA-256(salt ‖ payload)>\n
//
// The index is part of it, so that a row moved elsewhere no longer fits its own leaf hash.
//
// The salt is 16 random bytes, drawn per entry, so that a payload cannot be guessed from its leaf.
// Erasing an entry removes payload and salt; the leaf, and with it the tree, stays.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "libs/ledger/entry.h"
#include "libs/ledger/merkle.h"

namespace varsam::ledger {

// An entry as it stands in the log. payload and salt are absent once erased.
struct StoredEntry {
  uint64_t index = 0;
  std::string kind;
  absl::Time at;
  Hash commitment = {};
  std::optional<std::string> payload;
  std::optional<std::string> salt;
};

// An entry as the batch has placed it; stays readable after the commit.
struct PlacedEntry {
  uint64_t index = 0;
  std::string kind;
  std::string payload;
  std::string salt;
  absl::Time at;
  Hash commitment = {};
  Hash leaf_hash = {};
  std::optional<ReceiptBody> receipt;  // of an entry that was bound to one
};

// Everything needed to prove one entry without asking the database.
struct Proof {
  uint64_t index = 0;
  std::vector<Hash> path;  // against the checkpoint's root
  std::string checkpoint;  // signed note
};

Hash Commitment(std::string_view salt, std::string_view payload);
std::string LeafText(uint64_t index, std::string_view kind, absl::Time at, const Hash& commitment);

// The same, appended to `text`, for loops.
void AppendLeafText(std::string& text, uint64_t index, std::string_view kind, absl::Time at,
                    const Hash& commitment);

struct Leaf {
  uint64_t index = 0;
  std::string kind;
  absl::Time at;
  Hash commitment = {};
};
std::optional<Leaf> ParseLeafText(std::string_view text);  // nullopt unless LeafText gives it back

}  // namespace varsam::ledger
