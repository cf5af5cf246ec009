#include "services/request_workflow/mail/lmtp_session.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "libs/base/strings.h"
#include "services/request_workflow/mail/read_mail.h"

namespace varsam::requests {
namespace {

// "RCPT TO:<a@b> X=1" -> "a@b", lower case.
std::string AddressIn(std::string_view line) {
  const size_t open = line.find('<'), close = line.find('>');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return "";
  return absl::AsciiStrToLower(ToAbsl(line.substr(open + 1, close - open - 1)));
}

// The address itself, or one with a plus part.
bool IsOurs(const std::string& address, const std::string& own) {
  const size_t at = own.find('@'), other = address.find('@');
  if (at == std::string::npos || other == std::string::npos) return false;
  const std::string name = address.substr(0, std::min(address.find('+'), other));
  return name == absl::AsciiStrToLower(own.substr(0, at)) &&
         address.substr(other) == absl::AsciiStrToLower(own.substr(at));
}

bool Says(std::string_view line, std::string_view verb) {
  return absl::StartsWithIgnoreCase(ToAbsl(line), ToAbsl(verb));
}

}  // namespace

std::string LmtpSession::Feed(std::string_view bytes) {
  std::string answer;
  while (!bytes.empty() && !over_) {
    const size_t end = bytes.find('\n');
    waiting_.append(bytes.substr(0, end == std::string_view::npos ? end : end + 1));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    const bool whole = !waiting_.empty() && waiting_.back() == '\n';
    // A line of a mail may be long; it is taken in pieces, a command is not.
    if (!whole && waiting_.size() <= kLmtpLineBytesMax) continue;
    if (!whole && !in_data_) {
      over_ = true;
      return answer + "500 5.5.6 line too long\r\n";
    }
    const std::string line = std::exchange(waiting_, "");
    answer += in_data_ ? Data(line) : Line(line);
  }
  return answer;
}

std::string LmtpSession::Line(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return Command(line);
}

void LmtpSession::Reset() {
  sender_ = too_large_ = in_data_ = false;
  recipients_ = 0;
  mail_.clear();
}

std::string LmtpSession::Command(std::string_view line) {
  if (Says(line, "LHLO ")) {
    Reset();
    greeted_ = true;
    return "250-varsam\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250-PIPELINING\r\n250 SIZE " +
           std::to_string(kMailBytesMax) + "\r\n";
  }
  if (Says(line, "QUIT")) {
    over_ = true;
    return "221 2.0.0 bye\r\n";
  }
  if (Says(line, "NOOP")) return "250 2.0.0 ok\r\n";
  if (Says(line, "RSET")) {
    Reset();
    return "250 2.0.0 ok\r\n";
  }
  if (!greeted_) return "503 5.5.1 LHLO first\r\n";
  if (Says(line, "MAIL FROM:")) {
    Reset();
    sender_ = true;
    return "250 2.1.0 ok\r\n";
  }
  if (Says(line, "RCPT TO:")) return Recipient(line);
  if (Says(line, "DATA")) {
    if (recipients_ == 0) return "503 5.5.1 no recipient\r\n";
    in_data_ = true;
    return "354 go on\r\n";
  }
  return "500 5.5.1 not understood\r\n";
}

std::string LmtpSession::Recipient(std::string_view line) {
  if (!sender_) return "503 5.5.1 MAIL first\r\n";
  if (!IsOurs(AddressIn(line), config_.address)) return "550 5.1.1 no such mailbox\r\n";
  if (recipients_ == kLmtpRecipientsMax) return "452 4.5.3 too many recipients\r\n";
  ++recipients_;
  return "250 2.1.5 ok\r\n";
}

// A line, or a piece of a long one.
std::string LmtpSession::Data(std::string_view line) {
  const bool begins = mail_.empty() || mail_.back() == '\n';
  if (begins && (line == ".\r\n" || line == ".\n")) {
    const absl::Status taken = deliver_(too_large_ ? std::string() : std::move(mail_));
    const std::string said =
        taken.ok() ? "250 2.0.0 taken in\r\n" : "451 4.3.0 cannot be taken in now\r\n";
    std::string answer;
    for (int i = 0; i < recipients_; ++i) answer += said;  // one for each (RFC 2033, 4.2)
    Reset();
    return answer;
  }
  if (begins && line.starts_with('.')) line.remove_prefix(1);
  too_large_ |= mail_.size() + line.size() > kMailBytesMax;
  if (!too_large_) {
    mail_ += line;
  } else {
    mail_ = line.ends_with('\n') ? "\n" : "x";  // only where lines begin matters now
  }
  return "";
}

}  // namespace varsam::requests
