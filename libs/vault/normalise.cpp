#include "libs/vault/normalise.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uidna.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "absl/time/civil_time.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::vault {
namespace {

using icu::UnicodeString;

constexpr int kPhoneDigitsMin = 7;
constexpr int kPhoneDigitsMax = 15;  // E.164

absl::Status Invalid(std::string_view what) {
  absl::Status status = InvalidField("identifier", what);
  SetReason(status, "INVALID_IDENTIFIER");
  return status;
}

std::string ToUtf8(const UnicodeString& text) {
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

// NFC, trimmed of every Unicode blank; refuses control characters.
absl::StatusOr<UnicodeString> Clean(std::string_view text) {
  if (text.size() > kIdentifierBytesMax) return Invalid("too long");
  if (!IsCleanUtf8(text)) return Invalid("not clean UTF-8");
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  if (U_FAILURE(error)) return absl::InternalError("ICU has no NFC data");
  const UnicodeString wide =
      UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  UnicodeString clean = nfc->normalize(wide, error);
  if (U_FAILURE(error)) return Invalid("cannot be normalised");
  int32_t begin = 0;
  int32_t end = clean.length();
  while (begin < end && u_isUWhiteSpace(clean.char32At(begin))) ++begin;
  while (end > begin && u_isUWhiteSpace(clean.char32At(end - 1))) --end;
  clean = UnicodeString(clean, begin, end - begin);
  if (clean.isEmpty()) return Invalid("empty");
  for (int32_t i = 0; i < clean.length(); ++i) {
    if (u_iscntrl(clean.char32At(i))) return Invalid("holds a control character");
  }
  return clean;
}

UnicodeString WithoutBlanks(const UnicodeString& text) {
  UnicodeString kept;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (!u_isUWhiteSpace(c)) kept.append(c);
  }
  return kept;
}

// Lower-case ASCII form of a domain (UTS 46), so that "Öl.se" and "xn--l-0ga.se" are one.
absl::StatusOr<std::string> Domain(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  UIDNA* idna = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII, &error);
  if (U_FAILURE(error)) return absl::InternalError("ICU has no IDNA data");
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  char ascii[256];
  const int32_t size = uidna_nameToASCII_UTF8(idna, text.data(), static_cast<int32_t>(text.size()),
                                              ascii, sizeof(ascii), &info, &error);
  uidna_close(idna);
  if (U_FAILURE(error) || info.errors != 0 || size <= 0) return Invalid("the domain is malformed");
  std::string domain(ascii, static_cast<size_t>(size));
  std::transform(domain.begin(), domain.end(), domain.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return domain;
}

absl::StatusOr<std::string> Email(std::string_view text) {
  ASSIGN_OR_RETURN(UnicodeString clean, Clean(text));
  if (WithoutBlanks(clean).length() != clean.length()) return Invalid("holds a blank");
  const std::string whole = ToUtf8(clean);
  const size_t at = whole.rfind('@');
  if (at == whole.npos || at == 0 || at + 1 == whole.size() || whole.find('@') != at) {
    return Invalid("not an e-mail address");
  }
  UnicodeString local = UnicodeString::fromUTF8(whole.substr(0, at));
  ASSIGN_OR_RETURN(const std::string domain, Domain(whole.substr(at + 1)));
  return ToUtf8(local.toLower(icu::Locale::getRoot())) + "@" + domain;
}

absl::StatusOr<std::string> Phone(std::string_view text) {
  ASSIGN_OR_RETURN(const UnicodeString clean, Clean(text));
  std::string digits = ToUtf8(WithoutBlanks(clean));
  // "+46 (0)70 …": the zero is for callers inside the country.
  if (const size_t zero = digits.find("(0)"); zero != digits.npos) digits.erase(zero, 3);
  std::erase_if(digits,
                [](char c) { return c == '-' || c == '(' || c == ')' || c == '.' || c == '/'; });
  if (digits.starts_with("00")) {
    digits = "+" + digits.substr(2);
  } else if (digits.starts_with("0")) {
    digits = "+46" + digits.substr(1);
  }
  if (!digits.starts_with("+")) return Invalid("want a number with country code, or a leading 0");
  const std::string_view number = std::string_view(digits).substr(1);
  const bool all_digits =
      std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!all_digits || number.starts_with('0')) return Invalid("not a telephone number");
  if (number.size() < kPhoneDigitsMin || number.size() > kPhoneDigitsMax) {
    return Invalid("want 7 to 15 digits");
  }
  return digits;
}

// Luhn over the ten digits (Skatteverket SKV 704).
bool CheckDigitFits(std::string_view ten) {
  int sum = 0;
  for (size_t i = 0; i < ten.size(); ++i) {
    int digit = ten[i] - '0';
    if (i % 2 == 0) digit *= 2;
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 == 0;
}

bool IsDate(int year, int month, int day) {
  const absl::CivilDay date(year, month, day);
  return date.year() == year && date.month() == month && date.day() == day;
}

absl::StatusOr<std::string> Personnummer(std::string_view text, int today_year) {
  ASSIGN_OR_RETURN(const UnicodeString clean, Clean(text));
  std::string digits = ToUtf8(WithoutBlanks(clean));
  bool hundred = false;
  if (digits.size() == 11 || digits.size() == 13) {
    const size_t mark = digits.size() - 5;
    if (digits[mark] != '-' && digits[mark] != '+') return Invalid("not a personnummer");
    hundred = digits[mark] == '+';
    digits.erase(mark, 1);
  }
  if ((digits.size() != 10 && digits.size() != 12) ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return Invalid("want ten or twelve digits");
  }
  if (digits.size() == 10) {
    int year = today_year / 100 * 100 + std::stoi(digits.substr(0, 2));
    if (year > today_year) year -= 100;
    if (hundred) year -= 100;
    digits = std::to_string(year) + digits.substr(2);
  }
  const int day = std::stoi(digits.substr(6, 2));
  // A coordination number (samordningsnummer) adds 60 to the day.
  if (!IsDate(std::stoi(digits.substr(0, 4)), std::stoi(digits.substr(4, 2)),
              day > 60 ? day - 60 : day)) {
    return Invalid("holds no date");
  }
  if (!CheckDigitFits(std::string_view(digits).substr(2))) return Invalid("wrong check digit");
  return digits;
}

absl::StatusOr<std::string> Number(std::string_view text) {
  ASSIGN_OR_RETURN(const UnicodeString clean, Clean(text));
  return ToUtf8(WithoutBlanks(clean).toUpper(icu::Locale::getRoot()));
}

}  // namespace

std::string_view IdentifierTypeName(IdentifierType type) {
  switch (type) {
    case IdentifierType::kEmail:
      return "email";
    case IdentifierType::kPhone:
      return "phone";
    case IdentifierType::kPersonnummer:
      return "personnummer";
    case IdentifierType::kCustomerNumber:
      return "customer_number";
    case IdentifierType::kEmployeeNumber:
      return "employee_number";
    case IdentifierType::kBrowserId:
      return "browser_id";
    case IdentifierType::kRecordKey:
      return "record_key";
  }
  return "";
}

absl::StatusOr<std::string> Normalise(IdentifierType type, std::string_view text, int today_year) {
  switch (type) {
    case IdentifierType::kEmail:
      return Email(text);
    case IdentifierType::kPhone:
      return Phone(text);
    case IdentifierType::kPersonnummer:
      return Personnummer(text, today_year);
    case IdentifierType::kCustomerNumber:
    case IdentifierType::kEmployeeNumber:
      return Number(text);
    case IdentifierType::kBrowserId: {
      ASSIGN_OR_RETURN(UnicodeString clean, Clean(text));
      return ToUtf8(clean.toLower(icu::Locale::getRoot()));
    }
    case IdentifierType::kRecordKey: {
      ASSIGN_OR_RETURN(const UnicodeString clean, Clean(text));
      return ToUtf8(clean);
    }
  }
  return Invalid("unknown type");
}

}  // namespace varsam::vault
