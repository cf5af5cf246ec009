// Reading one mail with GMime, within bounds. The result is untrusted text; From proves nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace varsam::requests {

inline constexpr int kMailDepthMax = 10;
inline constexpr int kMailPartsMax = 200;
inline constexpr size_t kMailTextBytesMax = 64 * 1024;

struct ParsedMail {
  std::string from;        // address only, lower case; empty: null or no sender
  std::string message_id;  // without angle brackets
  std::vector<std::string> references;  // In-Reply-To and References
  std::string subject;
  std::string text;  // plain text, or HTML with its tags taken out; cut at kMailTextBytesMax
  // RFC 3834 and its kin: answering such a mail makes loops.
  bool automatic = false;
};

// INVALID_ARGUMENT MAIL_UNREADABLE for what is no mail or passes a bound.
absl::StatusOr<ParsedMail> ParseMail(std::string_view raw);

}  // namespace varsam::requests
