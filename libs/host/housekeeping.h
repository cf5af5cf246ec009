// What every service must do now and then, on a thread of its own: forget the request ids nobody
// can still be repeating. One bounded batch at a time.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/pg/pool.h"

namespace varsam::host {

// Longer than any caller's retries; a repeat after that is a new write.
inline constexpr absl::Duration kRequestIdsKept = absl::Hours(72);
inline constexpr absl::Duration kHousekeepingEvery = absl::Minutes(10);

class Housekeeping {
 public:
  // `pool` and `clock` outlive it.
  Housekeeping(pg::Pool& pool, const Clock& clock);
  ~Housekeeping();

  // One batch; false when there is nothing more to forget, or the database did not answer.
  bool Tick(absl::Time now);

 private:
  void Loop();

  pg::Pool& pool_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace varsam::host
