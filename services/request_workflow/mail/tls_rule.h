// When a connection to a mail server may stay without TLS. Pure.
#pragma once

#include <string_view>

namespace varsam::requests {

// True for a URL whose host is the machine itself (127.0.0.1, [::1] or localhost). Everywhere else
// a connection that starts in the clear must become TLS, or fails before a password or a letter is
// sent.
bool MayStayPlain(std::string_view url);

}  // namespace varsam::requests
