#include "services/request_workflow/mail/lmtp_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>

#include "libs/base/error.h"
#include "services/request_workflow/mail/lmtp_session.h"

namespace varsam::requests {
namespace {

constexpr int kLookEveryMs = 200;  // for the end of the service

bool Send(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

// More than zero when there is something; zero when it lasted too long or the service ends.
bool Readable(int socket, const std::atomic<bool>& stopping) {
  const int rounds = static_cast<int>(absl::ToInt64Milliseconds(kLmtpWait) / kLookEveryMs);
  for (int i = 0; i < rounds && !stopping; ++i) {
    pollfd look{socket, POLLIN, 0};
    if (poll(&look, 1, kLookEveryMs) > 0) return true;
  }
  return false;
}

void Converse(int socket, LmtpSession session, const std::atomic<bool>& stopping) {
  std::array<char, 64 * 1024> bytes;
  bool going = Send(socket, LmtpSession::Greeting());
  while (going && !session.over() && Readable(socket, stopping)) {
    const ssize_t got = recv(socket, bytes.data(), bytes.size(), 0);
    if (got <= 0) return;
    going = Send(socket, session.Feed({bytes.data(), static_cast<size_t>(got)}));
  }
  if (stopping) Send(socket, "421 4.3.2 going away\r\n");
}

absl::Status Unusable(const std::string& path) {
  return ErrorWithReason(absl::StatusCode::kInternal, "LMTP_SOCKET",
                         "cannot listen at " + path + ": " + std::strerror(errno));
}

}  // namespace

absl::StatusOr<std::unique_ptr<LmtpServer>> LmtpServer::Listen(LmtpConfig config, Deliver deliver) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (config.socket.size() >= sizeof address.sun_path) {
    return InvalidField("socket", "the path is too long for a socket");
  }
  std::memcpy(address.sun_path, config.socket.c_str(), config.socket.size() + 1);
  struct stat seen {};
  if (lstat(config.socket.c_str(), &seen) == 0 && S_ISSOCK(seen.st_mode)) {
    unlink(config.socket.c_str());
  }
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool listens =
      listener >= 0 &&
      bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      chmod(config.socket.c_str(), 0660) == 0 && listen(listener, 16) == 0;
  if (!listens) {
    const absl::Status why = Unusable(config.socket);
    if (listener >= 0) close(listener);
    return why;
  }
  return std::unique_ptr<LmtpServer>(
      new LmtpServer(std::move(config), std::move(deliver), listener));
}

LmtpServer::LmtpServer(LmtpConfig config, Deliver deliver, int listener)
    : config_(std::move(config)), deliver_(std::move(deliver)), listener_(listener) {
  thread_ = std::thread([this] { Accept(); });
}

LmtpServer::~LmtpServer() {
  stopping_ = true;
  thread_.join();
  for (Connection& one : connections_) {
    one.thread.join();
    close(one.socket);
  }
  close(listener_);
  unlink(config_.socket.c_str());
}

void LmtpServer::ForgetEnded() {
  for (auto it = connections_.begin(); it != connections_.end();) {
    if (!it->over) {
      ++it;
      continue;
    }
    it->thread.join();
    close(it->socket);
    it = connections_.erase(it);
  }
}

// While as many as may be are connected, the next wait in the listener's queue.
void LmtpServer::Accept() {
  while (!stopping_) {
    ForgetEnded();
    pollfd look{listener_, POLLIN, 0};
    const bool room = connections_.size() < static_cast<size_t>(kLmtpConnectionsMax);
    if (poll(&look, room ? 1 : 0, kLookEveryMs) <= 0 || !room) continue;
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    Connection& one = connections_.emplace_back();
    one.socket = socket;
    one.thread = std::thread([this, &one] {
      Converse(one.socket, LmtpSession(config_, deliver_), stopping_);
      shutdown(one.socket, SHUT_RDWR);
      one.over = true;
    });
  }
}

}  // namespace varsam::requests
