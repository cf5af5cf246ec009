#include "libs/base/random.h"

#include <sys/random.h>

#include <cerrno>

#include "libs/base/check.h"

namespace varsam {

void FillRandom(void* data, size_t n) {
  auto* at = static_cast<unsigned char*>(data);
  while (n > 0) {
    const ssize_t got = getrandom(at, n, 0);
    if (got < 0 && errno == EINTR) continue;
    VARSAM_CHECK(got > 0) << "getrandom failed";
    at += got;
    n -= static_cast<size_t>(got);
  }
}

std::string RandomBytes(size_t n) {
  std::string bytes(n, '\0');
  FillRandom(bytes.data(), n);
  return bytes;
}

}  // namespace varsam
