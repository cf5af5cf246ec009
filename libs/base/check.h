// CHECK: what must hold if the program is right. A failed CHECK is a bug: the process prints the
// place and the condition and aborts, so that nothing wrong is saved. Bad input is never a CHECK.
//
//   VARSAM_CHECK(next > last) << "ledger sequence went back";
//
// The streamed text must hold no personal data; Personal<T> cannot be streamed (personal.h).
#pragma once

#include <sstream>

namespace varsam::internal {

class CheckFailure {
 public:
  CheckFailure(const char* file, int line, const char* condition);
  [[noreturn]] ~CheckFailure();
  std::ostream& stream() { return text_; }

 private:
  std::ostringstream text_;
};

struct CheckVoidify {
  void operator&(std::ostream&) {}
};

}  // namespace varsam::internal

#define VARSAM_CHECK(condition)                      \
  (condition) ? (void)0                              \
              : ::varsam::internal::CheckVoidify{} & \
                    ::varsam::internal::CheckFailure(__FILE__, __LINE__, #condition).stream()
