// Keeps the keys of the issuers fresh: reads each JWKS (a file, or an https URL by libcurl) at the
// start, every jwks_refresh_every, and soon after a token named an unknown key (at most every
// jwks_retry_every). What cannot be read leaves the old keys standing.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/auth/token_verifier.h"

namespace varsam::gateway {

inline constexpr absl::Duration kJwksRefreshEvery = absl::Minutes(5);
inline constexpr absl::Duration kJwksRetryEvery = absl::Seconds(10);
inline constexpr absl::Duration kJwksFetchTimeout = absl::Seconds(5);

struct JwksSource {
  std::string issuer;
  std::string location;     // a path, or a URL
  bool allow_http = false;  // development: an issuer on loopback
};

// The text behind a location. UNAVAILABLE (JWKS_UNREADABLE) with what failed. Redirects are not
// followed; certificates are verified.
absl::StatusOr<std::string> ReadJwks(const JwksSource& source);

class JwksRefresher {
 public:
  explicit JwksRefresher(std::vector<JwksSource> sources) : sources_(std::move(sources)) {}
  ~JwksRefresher();

  // Reads all once, then goes on in a thread. A file that cannot be used is an error; a URL may
  // come later. `verifier` must outlive this object.
  absl::Status Start(TokenVerifier& verifier);
  // From TokenVerifier's unknown_kid. Any thread; does not block.
  void Nudge(const std::string& issuer);

 private:
  absl::Status Refresh(const JwksSource& source);
  void Loop();

  const std::vector<JwksSource> sources_;
  TokenVerifier* verifier_ = nullptr;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::set<std::string> nudged_;
  std::set<std::string> missing_;
  std::thread thread_;
};

}  // namespace varsam::gateway
