#include "tests/support/free_ports.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <vector>

#include "libs/base/check.h"

namespace varsam::testing {
namespace {

constexpr int kAttemptsMax = 100;

// A bound socket, or -1.
int Bind(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

uint16_t FreePorts(int count) {
  std::random_device dice;
  std::uniform_int_distribution<int> among(10'000, 32'000 - count);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const int first = among(dice);
    std::vector<int> taken;
    for (int i = 0; i < count; ++i) taken.push_back(Bind(static_cast<uint16_t>(first + i)));
    const bool all = std::ranges::none_of(taken, [](int fd) { return fd < 0; });
    for (const int fd : taken) {
      if (fd >= 0) close(fd);
    }
    if (all) return static_cast<uint16_t>(first);
  }
  VARSAM_CHECK(false) << "no " << count << " free ports in a row";
  return 0;
}

}  // namespace varsam::testing
