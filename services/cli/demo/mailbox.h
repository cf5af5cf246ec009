// The demo's people write and read mail: a mail is put into a staff mailbox over IMAP as it would
// have arrived, and what Varsam sent is read from the Maildir of the SMTP sink.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/cli/demo/stage.h"

namespace varsam::cli {

struct Letter {
  std::string from, to;  // "Name <address>" or an address
  std::string subject, text;
  std::string in_reply_to;  // a message id, or empty
};

// Lands in the INBOX of `to`; the server's clock stamps its arrival.
absl::Status DeliverLetter(const Stage& stage, const std::string& mailbox, const Letter& letter);

// UIDs of the messages of a mailbox whose From or To holds the address; re-queried, not cached.
absl::StatusOr<std::vector<std::string>> FindLetters(const Stage& stage,
                                                     const std::string& mailbox,
                                                     const std::string& folder,
                                                     const std::string& address);

struct SentLetter {
  std::string file;
  std::string headers;
  std::string text;  // the decoded text/plain part
};
// What was sent to an address so far, oldest first.
absl::StatusOr<std::vector<SentLetter>> LettersSentTo(const Stage& stage,
                                                      const std::string& address);
// The token of the first link of a letter, "…/<page>?token=T", "…#token=T" or "…/<page>/T";
// nullopt when it has none.
std::optional<std::string> TokenIn(const std::string& text);

}  // namespace varsam::cli
