// One conversation of LMTP, line by line, without a socket. Not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "services/request_workflow/mail/lmtp_server.h"

namespace varsam::requests {

inline constexpr size_t kLmtpLineBytesMax = 2048;

class LmtpSession {
 public:
  // Both outlive the session.
  LmtpSession(const LmtpConfig& config, const LmtpServer::Deliver& deliver)
      : config_(config), deliver_(deliver) {}

  static std::string Greeting() { return "220 varsam LMTP\r\n"; }
  // What is to be answered to these bytes; they may be cut anywhere. Delivers when a mail ends.
  std::string Feed(std::string_view bytes);
  // Nothing more is to be read.
  bool over() const { return over_; }

 private:
  std::string Line(std::string_view line);
  std::string Command(std::string_view line);
  std::string Recipient(std::string_view line);
  std::string Data(std::string_view line);
  void Reset();

  const LmtpConfig& config_;
  const LmtpServer::Deliver& deliver_;
  std::string waiting_;  // the line that has not ended
  std::string mail_;
  bool greeted_ = false, sender_ = false, in_data_ = false, too_large_ = false, over_ = false;
  int recipients_ = 0;
};

}  // namespace varsam::requests
