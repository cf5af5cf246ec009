// Small text helpers that the house needs everywhere, and the one bridge between std::string_view
// and this Abseil's own string_view type.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/strings/string_view.h"

namespace varsam {

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

// The value of a hexadecimal digit of either case; -1 for another character.
int HexDigit(char c);
// Lower-case hexadecimal of the bytes.
std::string ToHex(std::string_view bytes);
// The bytes of hexadecimal text (either case); nullopt for an odd length or another character.
std::optional<std::string> FromHex(std::string_view text);

// RFC 4648 base64: standard alphabet with padding, and the URL-safe alphabet without padding.
std::string ToBase64(std::string_view bytes);
std::string ToBase64Url(std::string_view bytes);
// Strict decoding of either form: nullopt for a foreign character, wrong padding or stray bits.
std::optional<std::string> FromBase64(std::string_view text);
std::optional<std::string> FromBase64Url(std::string_view text);

// Equal without telling by its time where two texts of one length differ.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

// Is this well-formed UTF-8 without NUL (what PostgreSQL and protobuf accept as text)?
bool IsCleanUtf8(std::string_view text);

}  // namespace varsam
