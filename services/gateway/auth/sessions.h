// People signed in by a case link. A session lives in this process's memory only: it ends with it,
// when idle for session_idle_max, after session_age_max, or when the link's own time is over.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/time/time.h"
#include "services/gateway/auth/principal.h"

namespace varsam::gateway {

inline constexpr absl::Duration kSessionIdleMax = absl::Minutes(15);
inline constexpr absl::Duration kSessionAgeMax = absl::Hours(8);
inline constexpr size_t kSessionsMax = 100'000;
inline constexpr char kSessionCookie[] = "__Host-varsam";

// Thread-safe. Times are monotonic: no clock can lengthen a session.
class Sessions {
 public:
  // The id for the cookie: 256 random bits, kept here only as their SHA-256. Empty when
  // sessions_max are open.
  std::string Open(std::string subject_id, std::string case_id, absl::Duration now,
                   absl::Duration lifetime);
  std::optional<Principal> Find(std::string_view id, absl::Duration now);
  void Close(std::string_view id);

 private:
  struct Session {
    Principal principal;
    absl::Duration last_seen;
    absl::Duration ends;
  };
  void Sweep(absl::Duration now);

  std::mutex mutex_;
  std::unordered_map<std::string, Session> sessions_;
};

// The value of the session cookie in a Cookie header; empty when there is none or two.
std::string SessionIdOf(std::string_view cookie_header);
std::string SessionSetCookie(std::string_view id);
std::string SessionClearCookie();

}  // namespace varsam::gateway
