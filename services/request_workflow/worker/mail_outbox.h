// Letters that wait are sent by SMTP (libcurl), each at least once; a letter that was accepted closes what waited
// for its delivery.
#pragma once

#include <string>

#include "services/request_workflow/rpc/service_parts.h"

namespace varsam::requests {

inline constexpr int kMailAttemptsMax = 10;

struct SmtpConfig {
  std::string url;   // smtp://host:port or smtps://host:port
  std::string from;  // address
};

class MailOutbox {
 public:
  MailOutbox(const ServiceParts& parts, SmtpConfig config)
      : parts_(parts), config_(std::move(config)) {}
  absl::StatusOr<bool> Tick();

 private:
  absl::Status Send(OutgoingMail mail);

  const ServiceParts parts_;
  const SmtpConfig config_;
};

// The whole message with its headers (RFC 5322, 8-bit UTF-8 body).
std::string ComposeMail(const OutgoingMail& mail, const std::string& from, const std::string& to,
                        const std::string& body, absl::Time now);

}  // namespace varsam::requests
