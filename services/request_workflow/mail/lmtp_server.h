// Mail handed over by the company's own mail server (RFC 2033), on a socket in the file system: who
// may deliver is who may open it. "250" is said when the mail is taken in for good, and not before;
// until then it stays in the other server's queue.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace varsam::requests {

inline constexpr int kLmtpConnectionsMax = 4;  // each may hold one mail in memory
inline constexpr int kLmtpRecipientsMax = 100;
inline constexpr absl::Duration kLmtpWait = absl::Seconds(60);  // for the next bytes

struct LmtpConfig {
  std::string socket;   // a path; an old socket there is removed
  std::string address;  // whose mail is taken, plus parts included: name+anything@host
};

class LmtpServer {
 public:
  // Takes one mail in; called on several threads. `raw` is empty when it was larger than
  // kMailBytesMax. An error leaves it with the sender.
  using Deliver = std::function<absl::Status(std::string raw)>;

  // INVALID_ARGUMENT or INTERNAL LMTP_SOCKET.
  static absl::StatusOr<std::unique_ptr<LmtpServer>> Listen(LmtpConfig config, Deliver deliver);
  // Ends what is going on.
  ~LmtpServer();

 private:
  struct Connection {
    int socket;
    std::thread thread;
    std::atomic<bool> over{false};
  };
  LmtpServer(LmtpConfig config, Deliver deliver, int listener);

  void Accept();
  void ForgetEnded();

  const LmtpConfig config_;
  const Deliver deliver_;
  const int listener_;
  std::atomic<bool> stopping_{false};
  std::list<Connection> connections_;
  std::thread thread_;
};

}  // namespace varsam::requests
