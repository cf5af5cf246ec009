// Where letters go out. Credentials, if any, stand in the URL, which is never logged.
#pragma once

#include <string>

namespace varsam::requests {

struct SmtpConfig {
  std::string url;   // smtp://host:port or smtps://host:port
  std::string from;  // address
};

}  // namespace varsam::requests
