// Waiting times between attempts: doubling from a first one up to a cap, each drawn between half
// and the whole so that many agents do not come back together.
#pragma once

#include "absl/time/time.h"

namespace varsam::connector {

class Backoff {
 public:
  Backoff(absl::Duration first, absl::Duration cap) : first_(first), cap_(cap), next_(first) {}
  absl::Duration Next();
  void Reset() { next_ = first_; }

 private:
  absl::Duration first_, cap_, next_;
};

}  // namespace varsam::connector
