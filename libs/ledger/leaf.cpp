#include "libs/ledger/leaf.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "libs/base/strings.h"

namespace varsam::ledger {
namespace {

constexpr std::string_view kLeafStart = "varsam1 ";

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

// The number and a blank.
void AppendNumber(std::string& text, int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  text.append(digits, end);
  text += ' ';
}

std::optional<int64_t> TakeNumber(std::string_view& text) {
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const size_t length = static_cast<size_t>(parsed.ptr - text.data());
  if (parsed.ec != std::errc() || length >= text.size() || text[length] != ' ') return std::nullopt;
  text.remove_prefix(length + 1);
  return number;
}

}  // namespace

bool IsValidKind(std::string_view kind) {
  if (kind.empty() || kind.size() > kKindBytesMax || !IsLower(kind[0])) return false;
  return std::all_of(kind.begin(), kind.end(), [](char c) {
    return IsLower(c) || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

Hash Commitment(std::string_view salt, std::string_view payload) { return Sha256(salt, payload); }

std::string LeafText(uint64_t index, std::string_view kind, absl::Time at, const Hash& commitment) {
  std::string text;
  text.reserve(kLeafStart.size() + kind.size() + 90);
  AppendLeafText(text, index, kind, at, commitment);
  return text;
}

void AppendLeafText(std::string& text, uint64_t index, std::string_view kind, absl::Time at,
                    const Hash& commitment) {
  text += kLeafStart;
  AppendNumber(text, static_cast<int64_t>(index));
  text += kind;
  text += ' ';
  AppendNumber(text, absl::ToUnixMicros(at));
  text += ToBase64(HashBytes(commitment));
  text += '\n';
}

std::optional<Leaf> ParseLeafText(std::string_view text) {
  const std::string_view whole = text;
  if (!text.starts_with(kLeafStart) || !text.ends_with('\n')) return std::nullopt;
  text.remove_prefix(kLeafStart.size());
  text.remove_suffix(1);
  const auto index = TakeNumber(text);
  const size_t blank = text.find(' ');
  if (!index || *index < 0 || blank == text.npos) return std::nullopt;
  Leaf leaf;
  leaf.index = static_cast<uint64_t>(*index);
  leaf.kind = std::string(text.substr(0, blank));
  text.remove_prefix(blank + 1);
  const auto micros = TakeNumber(text);
  const auto decoded = FromBase64(text);
  const auto commitment = decoded ? HashFromBytes(*decoded) : std::nullopt;
  if (!micros || !commitment || !IsValidKind(leaf.kind)) return std::nullopt;
  leaf.at = absl::FromUnixMicros(*micros);
  leaf.commitment = *commitment;
  // One text per leaf: what is not written as we write it is not a leaf.
  if (LeafText(leaf.index, leaf.kind, leaf.at, leaf.commitment) != whole) return std::nullopt;
  return leaf;
}

}  // namespace varsam::ledger
