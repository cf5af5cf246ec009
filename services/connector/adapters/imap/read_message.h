// What a person is shown of one e-mail message.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace varsam::connector::imap {

struct ReadMessage {
  std::string from, to, cc, date, subject, text;  // UTF-8, decoded
  std::vector<std::string> attachments;           // their names
  std::vector<std::string> addresses;             // of From, To, Cc, Bcc, Reply-To; lower case
};

// Lenient, as mail is; what cannot be read stays empty.
ReadMessage Read(std::string_view rfc5322);

}  // namespace varsam::connector::imap
