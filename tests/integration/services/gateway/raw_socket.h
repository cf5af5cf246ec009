// A blocking socket that sends exactly the bytes it is told to, for what no HTTP client would send.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace varsam::gateway {

class RawSocket {
 public:
  explicit RawSocket(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~RawSocket() { close(fd_); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  bool connected() const { return connected_; }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  void EndSending() { shutdown(fd_, SHUT_WR); }

  // What comes until the peer closes (`closed` then) or nothing comes for `quiet_ms`.
  std::string ReadAll(int quiet_ms, bool* closed = nullptr) {
    std::string out;
    char buffer[65536];
    while (true) {
      pollfd wait{fd_, POLLIN, 0};
      if (poll(&wait, 1, quiet_ms) <= 0) {
        if (closed != nullptr) *closed = false;
        return out;
      }
      const ssize_t got = recv(fd_, buffer, sizeof(buffer), 0);
      if (got <= 0) {
        if (closed != nullptr) *closed = true;
        return out;
      }
      out.append(buffer, static_cast<size_t>(got));
    }
  }

  // Reads until `wanted` has come; false when the peer closes or is quiet before.
  bool ReadUntil(std::string_view wanted, int quiet_ms, std::string& out) {
    char buffer[65536];
    while (out.find(wanted) == std::string::npos) {
      pollfd wait{fd_, POLLIN, 0};
      if (poll(&wait, 1, quiet_ms) <= 0) return false;
      const ssize_t got = recv(fd_, buffer, sizeof(buffer), 0);
      if (got <= 0) return false;
      out.append(buffer, static_cast<size_t>(got));
    }
    return true;
  }

 private:
  int fd_;
  bool connected_ = false;
};

// How many answers stand in the bytes.
inline int CountAnswers(std::string_view text) {
  int count = 0;
  for (size_t at = text.find("HTTP/1.1 "); at != std::string_view::npos;
       at = text.find("HTTP/1.1 ", at + 1)) {
    ++count;
  }
  return count;
}

inline int StatusOf(std::string_view text) {
  return text.size() < 12 ? 0 : std::stoi(std::string(text.substr(9, 3)));
}

}  // namespace varsam::gateway
