// A real mail ground for a test: Dovecot with the given mailboxes and an SMTP sink, on free ports
// of 127.0.0.1, through deploy/lib/mail.sh. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace varsam::testing {

class MailServer {
 public:
  // Dovecot and aiosmtpd are installed. A test without them exits with 77 (skipped).
  static bool Available();

  // Starts; a failure is a CHECK that shows the script's output. E.g. {"anna.ekdahl@lexium.se"}.
  explicit MailServer(std::vector<std::string> addresses);
  ~MailServer();
  MailServer(const MailServer&) = delete;
  MailServer& operator=(const MailServer&) = delete;

  const std::string& imap() const { return imap_; }  // "127.0.0.1:port", plain IMAP
  const std::string& smtp() const { return smtp_; }  // "127.0.0.1:port", takes every recipient
  // The password of every address, and of "<address>*connector" that opens the same mailbox.
  const std::string& password() const { return password_; }
  std::string MasterLogin(std::string_view address) const;

  // Hands a message (RFC 5322, any line ends) to the mailbox by LMTP, as a mail server would.
  void Deliver(std::string_view from, std::string_view to, std::string_view message) const;
  // The same as a command of the shell, for a message on standard input.
  std::string DeliverCommand(std::string_view from, std::string_view to) const;
  // What was sent through the sink, in the order of arrival; headers X-MailFrom, X-RcptTo added.
  std::vector<std::string> Sent() const;

  void Stop();   // an outage; mailboxes stay
  void Start();  // the same ports again

 private:
  std::string dir_;
  std::vector<std::string> addresses_;
  uint16_t first_port_ = 0;  // IMAP; LMTP +1, SMTP +2
  std::string imap_, smtp_, password_, sent_;
};

}  // namespace varsam::testing
