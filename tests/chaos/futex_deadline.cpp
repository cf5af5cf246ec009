// Preloaded beside libfaketime: absl waits with futex calls of its own, whose deadlines are
// readings of the wall clock. libfaketime moves the reading but not the call, so every timeout
// would come as much too late as the clock is ahead. Here the deadline is moved back. Offset:
// FAKETIME, seconds.
#include <dlfcn.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include <cstdarg>
#include <cstdlib>

extern "C" long syscall(long number, ...) {  // NOLINT: the name of libc's
  using Call = long (*)(long, ...);
  static const Call real = reinterpret_cast<Call>(dlsym(RTLD_NEXT, "syscall"));
  static const long ahead = std::getenv("FAKETIME") ? std::atol(std::getenv("FAKETIME")) : 0;
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& one : a) one = va_arg(list, long);
  va_end(list);
  const auto* deadline = reinterpret_cast<const timespec*>(a[3]);
  timespec moved;
  if (number == SYS_futex && (a[1] & FUTEX_CLOCK_REALTIME) != 0 && deadline != nullptr) {
    moved = *deadline;
    moved.tv_sec = moved.tv_sec > ahead ? moved.tv_sec - ahead : 0;
    a[3] = reinterpret_cast<long>(&moved);
  }
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
