// What a person is shown of one e-mail message.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace varsam::connector::imap {

inline constexpr int kMessagePartsMax = 200;  // multiparts and messages within messages

struct ReadMessage {
  std::string from, to, cc, date, subject, text;  // UTF-8, decoded
  std::vector<std::string> attachments;           // their names
  std::vector<std::string> addresses;             // of From, To, Cc, Bcc, Reply-To; lower case
};

// Lenient, as mail is; what cannot be read stays empty: beyond kMessagePartsMax, text and
// attachments.
ReadMessage Read(std::string_view whole);

}  // namespace varsam::connector::imap
