// One written form for each identifier, so that a blind index finds it again. Versioned: a change
// of rule is a new version and a rebuilt index, never a silent change. No "dot removal", no
// guessing.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace varsam::vault {

inline constexpr int kNormaliseVersion = 1;
inline constexpr size_t kIdentifierBytesMax = 320;

// The names of varsam.common.v1.IdentifierType.
enum class IdentifierType {
  kEmail = 1,       // NFC, trimmed, lower case on both sides of the @
  kPhone,           // E.164; a leading 0 is Swedish (+46)
  kPersonnummer,    // or samordningsnummer: YYYYMMDDNNNN, date and check digit verified
  kCustomerNumber,  // NFC, trimmed, inner blanks removed, upper case
  kEmployeeNumber,  // as customer number
  kBrowserId,       // trimmed, lower case
  kRecordKey,       // "<system>/<key>" trimmed, otherwise as it stands
};

inline constexpr std::array kIdentifierTypes = {
    IdentifierType::kEmail,          IdentifierType::kPhone,          IdentifierType::kPersonnummer,
    IdentifierType::kCustomerNumber, IdentifierType::kEmployeeNumber, IdentifierType::kBrowserId,
    IdentifierType::kRecordKey};

std::string_view IdentifierTypeName(IdentifierType type);  // "email" …; part of the key label

// INVALID_ARGUMENT (INVALID_IDENTIFIER) without repeating the value. `today_year` resolves the
// century of ten-digit personal numbers ('+' means a hundred years or more).
absl::StatusOr<std::string> Normalise(IdentifierType type, std::string_view text, int today_year);

}  // namespace varsam::vault
