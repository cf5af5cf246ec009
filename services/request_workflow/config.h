// The configuration of the request workflow: what every service needs (libs/host/host_config.h),
// its peers and its mail.
//
//   VARSAM_SUBJECT_REGISTRY_ADDRESS, VARSAM_CONSENT_ADDRESS, VARSAM_RETENTION_ADDRESS   required
//
//   VARSAM_PUBLIC_URL         required; https://host (development: http too)
//
//   VARSAM_SMTP_URL, VARSAM_MAIL_FROM   both, or (development) none
//
//   VARSAM_IMAP_URL, VARSAM_IMAP_USER, VARSAM_IMAP_PASSWORD_FILE   all three, or none: no mailbox
//                             is read
//
//   VARSAM_LMTP_SOCKET, VARSAM_LMTP_ADDRESS   both or none: a socket in the file system at which a
//                             mail server hands over what comes for that address
//
//   VARSAM_COOLING_OFF_HOURS  0..720; production: 72 when absent, development: 0
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "libs/host/host_config.h"
#include "services/request_workflow/mail/imap_box.h"
#include "services/request_workflow/mail/lmtp_server.h"
#include "services/request_workflow/mail/smtp_config.h"

namespace varsam::requests {

inline constexpr uint16_t kPortOffset = 30;
inline constexpr int kCoolingOffHours = 72;

struct Config {
  host::HostConfig host;
  std::string registry_address;
  std::string consent_address;
  std::string retention_address;
  std::string public_url;
  std::optional<SmtpConfig> smtp;
  std::optional<ImapConfig> imap;
  std::optional<LmtpConfig> lmtp;
  // After proof of identity by one factor: zero in development unless set, 72 hours in production.
  absl::Duration cooling_off;
  // The program that reads mails apart (mail/read_apart.h): this one.
  std::string mail_reader = "/proc/self/exe";
};

// INVALID_ARGUMENT naming the variables that are wrong.
absl::StatusOr<Config> LoadConfig(const rpc::Lookup& lookup);
// The process environment, as a look-up.
rpc::Lookup Environment();

}  // namespace varsam::requests
