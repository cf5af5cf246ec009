// What a mail that came in says, read under bounds: mail is a hostile grammar (SECURITY 2.6).
// Nothing in it is proof of anything; `from` least of all. Pure; safe from every thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/personal.h"

namespace varsam::requests {

inline constexpr size_t kMailBytesMax = 25 << 20;
inline constexpr int kMailDepthMax = 10;  // parts within parts
inline constexpr int kMailPartsMax = 200;
inline constexpr size_t kMailTextBytesMax = 64 << 10;
inline constexpr size_t kMailReferencesMax = 100;
inline constexpr size_t kMailIdBytesMax = 998;  // a line (RFC 5322 2.1.1)

struct ReadMail {
  Personal<std::string> from;  // the address, lower case; empty when there is none
  Personal<std::string> subject;
  Personal<std::string> text;           // UTF-8, cut at kMailTextBytesMax
  std::string message_id;               // without brackets; the sender's word
  std::vector<std::string> references;  // In-Reply-To and References, without brackets
  std::vector<std::string> plus_parts;  // "x" of every recipient "name+x@host", lower case
  // Why no person wrote it: AUTO_SUBMITTED (RFC 3834), NULL_SENDER, REPORT (RFC 3462),
  // AUTO_RESPONSE (what older machines say of themselves), MAILER (a mail system's own address).
  // Empty for people.
  std::string automatic;
  bool bulk = false;    // a list or a mass mailing
  int attachments = 0;  // never opened
};

// RESOURCE_EXHAUSTED MAIL_TOO_LARGE, MAIL_TOO_DEEP or MAIL_TOO_MANY_PARTS; INVALID_ARGUMENT
// MAIL_UNREADABLE.
absl::StatusOr<ReadMail> Read(std::string_view rfc5322);

}  // namespace varsam::requests
