// Letters that wait are sent by SMTP (libcurl), each at least once; a letter that was accepted
// closes what waited for its delivery.
#pragma once

#include <string>

#include "services/request_workflow/flow/service_parts.h"
#include "services/request_workflow/mail/smtp_config.h"

namespace varsam::requests {

// Doubling from one minute to four hours: a mail server may be away for about a day.
inline constexpr int kMailAttemptsMax = 14;
inline constexpr absl::Duration kMailRetryMin = absl::Minutes(1);
inline constexpr absl::Duration kMailRetryMax = absl::Hours(4);

class MailOutbox {
 public:
  MailOutbox(const ServiceParts& parts, SmtpConfig config)
      : parts_(parts), config_(std::move(config)) {}
  absl::StatusOr<bool> Tick();

 private:
  absl::Status Send(OutgoingMail mail);
  absl::Status TrySend(const OutgoingMail& mail);

  const ServiceParts parts_;
  const SmtpConfig config_;
};

// When a letter is tried again that was tried so many times. Pure.
absl::Duration RetryAfter(int attempts);

// The whole message with its headers (RFC 5322, 8-bit UTF-8 body).
std::string ComposeMail(const OutgoingMail& mail, const std::string& from, const std::string& to,
                        const std::string& body, absl::Time now);

}  // namespace varsam::requests
