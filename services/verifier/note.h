// The signed checkpoint inside a document: C2SP signed-note and tlog-checkpoint.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace varsam::verifier {

struct Key {
  std::string name;
  std::string id;          // 4 bytes
  std::string public_key;  // 32 bytes
};

struct SignedRoot {
  std::string origin;
  uint64_t size = 0;
  std::string root;  // 32 bytes
};

// "<name>+<8 hex>+<base64 of 0x01 ‖ key>", nothing else.
std::optional<Key> ParseKey(std::string_view vkey);
// The note must carry exactly one signature, by this key, over a checkpoint of the key's name.
std::optional<SignedRoot> OpenNote(std::string_view note, const Key& key);

}  // namespace varsam::verifier
