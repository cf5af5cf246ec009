#include "services/request_workflow/config.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::requests {
namespace {

std::string Get(const rpc::Lookup& lookup, std::string_view name) {
  return lookup(name).value_or("");
}

bool StartsWith(const std::string& text, std::string_view prefix) {
  return text.rfind(prefix, 0) == 0 && text.size() > prefix.size();
}

absl::StatusOr<std::string> PublicUrl(const rpc::Lookup& lookup, bool production) {
  std::string url = Get(lookup, "VARSAM_PUBLIC_URL");
  while (!url.empty() && url.back() == '/') url.pop_back();
  const bool good = StartsWith(url, "https://") || (!production && StartsWith(url, "http://"));
  if (good) return url;
  return InvalidField("VARSAM_PUBLIC_URL", "want https://host");
}

absl::StatusOr<std::optional<SmtpConfig>> Smtp(const rpc::Lookup& lookup, bool production) {
  SmtpConfig smtp{Get(lookup, "VARSAM_SMTP_URL"), Get(lookup, "VARSAM_MAIL_FROM")};
  if (smtp.url.empty() && smtp.from.empty() && !production) return std::optional<SmtpConfig>();
  if (!StartsWith(smtp.url, "smtp://") && !StartsWith(smtp.url, "smtps://")) {
    return InvalidField("VARSAM_SMTP_URL", "want smtp://host:port or smtps://host:port");
  }
  const size_t at = smtp.from.find('@');
  const bool address = at != std::string::npos && at > 0 && at + 1 < smtp.from.size() &&
                       smtp.from.find_first_of(" <>\r\n,") == std::string::npos;
  if (!address) return InvalidField("VARSAM_MAIL_FROM", "want an e-mail address");
  return std::optional<SmtpConfig>(std::move(smtp));
}

absl::StatusOr<std::optional<ImapConfig>> Imap(const rpc::Lookup& lookup) {
  ImapConfig imap{Get(lookup, "VARSAM_IMAP_URL"), Get(lookup, "VARSAM_IMAP_USER"), ""};
  const std::string file = Get(lookup, "VARSAM_IMAP_PASSWORD_FILE");
  if (imap.url.empty() && imap.user.empty() && file.empty()) return std::optional<ImapConfig>();
  while (!imap.url.empty() && imap.url.back() == '/') imap.url.pop_back();
  if (!StartsWith(imap.url, "imap://") && !StartsWith(imap.url, "imaps://")) {
    return InvalidField("VARSAM_IMAP_URL", "want imap://host:port or imaps://host:port");
  }
  if (imap.user.empty()) return InvalidField("VARSAM_IMAP_USER", "empty");
  std::ifstream stream(file);
  if (file.empty() || !stream) {
    return InvalidField("VARSAM_IMAP_PASSWORD_FILE", "want a file that can be read");
  }
  std::getline(stream, imap.password);
  return std::optional<ImapConfig>(std::move(imap));
}

absl::StatusOr<std::optional<LmtpConfig>> Lmtp(const rpc::Lookup& lookup) {
  LmtpConfig lmtp{Get(lookup, "VARSAM_LMTP_SOCKET"), Get(lookup, "VARSAM_LMTP_ADDRESS")};
  if (lmtp.socket.empty() && lmtp.address.empty()) return std::optional<LmtpConfig>();
  if (!StartsWith(lmtp.socket, "/")) return InvalidField("VARSAM_LMTP_SOCKET", "want a path");
  if (lmtp.address.find('@') == std::string::npos) {
    return InvalidField("VARSAM_LMTP_ADDRESS", "want an e-mail address");
  }
  return std::optional<LmtpConfig>(std::move(lmtp));
}

absl::StatusOr<absl::Duration> CoolingOff(const rpc::Lookup& lookup, bool production) {
  const std::string text = Get(lookup, "VARSAM_COOLING_OFF_HOURS");
  if (text.empty()) return production ? absl::Hours(kCoolingOffHours) : absl::ZeroDuration();
  int hours = -1;
  if (!absl::SimpleAtoi(text, &hours) || hours < 0 || hours > 720) {
    return InvalidField("VARSAM_COOLING_OFF_HOURS", "want 0..720");
  }
  return absl::Hours(hours);
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const rpc::Lookup& lookup) {
  Config config;
  ASSIGN_OR_RETURN(config.host,
                   host::HostConfigFromLookup(lookup, "request-workflow", kPortOffset));
  ASSIGN_OR_RETURN(config.registry_address,
                   host::AddressFromLookup(lookup, "VARSAM_SUBJECT_REGISTRY_ADDRESS"));
  ASSIGN_OR_RETURN(config.consent_address,
                   host::AddressFromLookup(lookup, "VARSAM_CONSENT_ADDRESS"));
  ASSIGN_OR_RETURN(config.retention_address,
                   host::AddressFromLookup(lookup, "VARSAM_RETENTION_ADDRESS"));
  const bool production = config.host.server.environment == rpc::Environment::kProduction;
  ASSIGN_OR_RETURN(config.public_url, PublicUrl(lookup, production));
  ASSIGN_OR_RETURN(config.smtp, Smtp(lookup, production));
  ASSIGN_OR_RETURN(config.imap, Imap(lookup));
  ASSIGN_OR_RETURN(config.lmtp, Lmtp(lookup));
  ASSIGN_OR_RETURN(config.cooling_off, CoolingOff(lookup, production));
  return config;
}

rpc::Lookup Environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

}  // namespace varsam::requests
