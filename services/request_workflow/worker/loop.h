// One thread that ticks. A tick does at most one bounded batch; it says whether there may be more.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"

namespace varsam::requests {

class Loop {
 public:
  // true: tick again at once. An error is logged (codes only) and waits like an empty tick.
  using Tick = std::function<absl::StatusOr<bool>()>;
  Loop(std::string name, absl::Duration every, Tick tick, obs::Metrics& metrics);
  ~Loop();
  void Start();
  void Stop();

 private:
  void Run();

  const std::string name_;
  const absl::Duration every_;
  const Tick tick_;
  obs::Counter& failures_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace varsam::requests
