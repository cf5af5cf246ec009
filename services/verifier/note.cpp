#include "services/verifier/note.h"

#include "services/verifier/crypto.h"

namespace varsam::verifier {
namespace {

constexpr char kEd25519 = 1;
constexpr std::string_view kSignatureLine = "\n\xE2\x80\x94 ";

std::optional<uint64_t> Number(std::string_view text) {
  if (text.empty() || text.size() > 19 || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return number;
}

}  // namespace

std::optional<Key> ParseKey(std::string_view vkey) {
  const size_t first = vkey.find('+');
  if (first == vkey.npos || first == 0 || vkey.size() < first + 10) return std::nullopt;
  if (vkey[first + 9] != '+') return std::nullopt;
  Key key;
  key.name = std::string(vkey.substr(0, first));
  for (const unsigned char c : key.name) {
    if (c <= ' ' || c >= 0x7F) return std::nullopt;
  }
  const auto typed = DecodeBase64(vkey.substr(first + 10));
  if (!typed || typed->size() != 33 || (*typed)[0] != kEd25519) return std::nullopt;
  key.public_key = typed->substr(1);
  key.id = Sha256(key.name + "\n" + *typed).substr(0, 4);
  if (EncodeHex(key.id) != vkey.substr(first + 1, 8)) return std::nullopt;
  return key;
}

std::optional<SignedRoot> OpenNote(std::string_view note, const Key& key) {
  const size_t split = note.find("\n\n");
  if (split == note.npos) return std::nullopt;
  const std::string_view text = note.substr(0, split + 1);
  std::string_view line = note.substr(split + 1);
  const std::string start = std::string(kSignatureLine) + key.name + " ";
  if (!line.starts_with(start) || !line.ends_with('\n')) return std::nullopt;
  line = line.substr(start.size(), line.size() - start.size() - 1);
  const auto blob = DecodeBase64(line);
  if (!blob || blob->substr(0, 4) != key.id) return std::nullopt;
  if (!VerifyEd25519(key.public_key, text, std::string_view(*blob).substr(4))) return std::nullopt;

  const size_t first = text.find('\n');
  const size_t second = text.find('\n', first + 1);
  if (second == text.npos || second + 1 >= text.size()) return std::nullopt;
  const size_t third = text.find('\n', second + 1);
  SignedRoot signed_root;
  signed_root.origin = std::string(text.substr(0, first));
  const auto size = Number(text.substr(first + 1, second - first - 1));
  const auto root = DecodeBase64(text.substr(second + 1, third - second - 1));
  if (!size || !root || root->size() != 32 || signed_root.origin != key.name) return std::nullopt;
  signed_root.size = *size;
  signed_root.root = *root;
  return signed_root;
}

}  // namespace varsam::verifier
