#include "services/connector/adapters/redact.h"

#include <cstdint>

namespace varsam::connector {
namespace {

struct Letter {
  uint32_t code = 0;
  size_t bytes = 0;  // 0: none
};

// The UTF-8 character that starts at `at`.
Letter LetterAt(std::string_view text, size_t at) {
  if (at >= text.size()) return {};
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const uint32_t first = byte(at);
  if (first < 0x80) return {first, 1};
  if (first < 0xE0) return {(first & 0x1F) << 6 | (byte(at + 1) & 0x3F), 2};
  if (first < 0xF0) {
    return {(first & 0x0F) << 12 | (byte(at + 1) & 0x3F) << 6 | (byte(at + 2) & 0x3F), 3};
  }
  return {0x10000, 4};
}

Letter LetterBefore(std::string_view text, size_t at) {
  if (at == 0) return {};
  size_t start = at - 1;
  while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
  return LetterAt(text, start);
}

// Letters and digits; beyond Latin, everything that is not punctuation or a symbol.
bool IsWord(const Letter& letter) {
  const uint32_t c = letter.code;
  if (letter.bytes == 0) return false;
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  if (c < 0xC0 || c == 0xD7 || c == 0xF7) return false;
  return !(c >= 0x2000 && c <= 0x2BFF) && !(c >= 0x3000 && c <= 0x303F) && c < 0x10000;
}

// Lower case of the letters of Western Europe; the length in bytes stays the same.
std::string Lower(std::string_view text) {
  std::string lower(text);
  for (size_t i = 0; i < lower.size(); ++i) {
    const auto c = static_cast<unsigned char>(lower[i]);
    if (c >= 'A' && c <= 'Z') lower[i] = static_cast<char>(c + 32);
    if (c == 0xC3 && i + 1 < lower.size()) {
      const auto next = static_cast<unsigned char>(lower[i + 1]);
      if (next >= 0x80 && next <= 0x9E && next != 0x97) lower[i + 1] = static_cast<char>(next + 32);
      ++i;
    }
  }
  return lower;
}

}  // namespace

std::string StrikeOut(std::string text, const std::vector<std::string>& needles) {
  for (const std::string& needle : needles) {
    if (needle.size() < kNeedleBytesMin) continue;
    const std::string wanted = Lower(needle);
    std::string lower = Lower(text);
    size_t from = 0;
    for (size_t at; (at = lower.find(wanted, from)) != std::string::npos;) {
      size_t end = at + wanted.size();
      const bool genitive = end < lower.size() && lower[end] == 's';
      if (genitive && !IsWord(LetterAt(lower, end + 1))) ++end;
      if (IsWord(LetterBefore(lower, at)) || IsWord(LetterAt(lower, end))) {
        from = at + 1;
        continue;
      }
      text.replace(at, end - at, kStruckOut);
      lower.replace(at, end - at, kStruckOut);
      from = at + kStruckOut.size();
    }
  }
  return text;
}

}  // namespace varsam::connector
