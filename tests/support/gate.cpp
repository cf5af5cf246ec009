#include "tests/support/gate.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "libs/base/check.h"

namespace varsam {
namespace {

constexpr char kSocketName[] = "/.s.PGSQL.5432";
constexpr size_t kReadBytesMax = 64 << 10;

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  VARSAM_CHECK(path.size() < sizeof(address.sun_path)) << "socket path too long: " << path;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool SendAll(int socket, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(socket, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

}  // namespace

Gate::Gate(const std::string& server_directory, std::string marker)
    : server_path_(server_directory + kSocketName), marker_(std::move(marker)) {
  char folder[] = "/tmp/varsam_gate_XXXXXX";
  VARSAM_CHECK(mkdtemp(folder) != nullptr);
  directory_ = folder;
  path_ = directory_ + kSocketName;
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(path_);
  VARSAM_CHECK(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  VARSAM_CHECK(listen(listener_, 64) == 0);
  VARSAM_CHECK(pipe(wake_) == 0);
  thread_ = std::thread([this] { Run(); });
}

Gate::~Gate() {
  VARSAM_CHECK(write(wake_[1], "x", 1) == 1);
  thread_.join();
  for (const Pair& pair : pairs_) {
    close(pair.client);
    close(pair.server);
  }
  close(listener_);
  close(wake_[0]);
  close(wake_[1]);
  unlink(path_.c_str());
  rmdir(directory_.c_str());
}

void Gate::CutNext(Cut cut, int times) {
  cut_ = cut;
  cuts_left_ = times;
}

bool Gate::TakeCut(Cut cut) {
  if (cut_ != cut || cuts_left_ <= 0) return false;
  --cuts_left_;
  ++cuts_;
  return true;
}

void Gate::Accept() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(server_path_);
  if (closed_ ||
      connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(client);
    close(server);
    return;
  }
  pairs_.push_back({client, server, "", false});
}

bool Gate::FromClient(Pair& pair) {
  std::string bytes(kReadBytesMax, '\0');
  const ssize_t got = recv(pair.client, bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  bytes.resize(static_cast<size_t>(got));
  std::string seen = pair.tail + bytes;
  if (seen.find(marker_) != std::string::npos) {
    if (TakeCut(Cut::kBeforeForwarding)) return false;
    if (TakeCut(Cut::kBeforeReply)) pair.drop_reply = true;
    pair.tail.clear();
  } else {
    pair.tail = seen.substr(seen.size() > marker_.size() ? seen.size() - marker_.size() + 1 : 0);
  }
  return SendAll(pair.server, bytes.data(), bytes.size());
}

bool Gate::FromServer(Pair& pair) {
  std::string bytes(kReadBytesMax, '\0');
  const ssize_t got = recv(pair.server, bytes.data(), bytes.size(), 0);
  if (got <= 0 || pair.drop_reply) return false;
  return SendAll(pair.client, bytes.data(), static_cast<size_t>(got));
}

void Gate::Run() {
  while (true) {
    std::vector<pollfd> waits = {{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      waits.push_back({pair.client, POLLIN, 0});
      waits.push_back({pair.server, POLLIN, 0});
    }
    if (poll(waits.data(), waits.size(), -1) < 0) continue;
    if (waits[0].revents != 0) return;
    std::vector<Pair> kept;
    for (size_t i = 0; i < pairs_.size(); ++i) {
      Pair& pair = pairs_[i];
      const bool open = (waits[2 + 2 * i].revents == 0 || FromClient(pair)) &&
                        (waits[3 + 2 * i].revents == 0 || FromServer(pair));
      if (open) {
        kept.push_back(std::move(pair));
      } else {
        close(pair.client);
        close(pair.server);
      }
    }
    pairs_ = std::move(kept);
    if (waits[1].revents != 0) Accept();
  }
}

}  // namespace varsam
