// A bounded pool of plain threads for work that blocks (reads from PostgreSQL). As many threads as
// there are connections, a bounded queue behind them; more is refused at once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "libs/obs/metrics.h"

namespace varsam::rpc {

class WorkerPool {
 public:
  struct Config {
    std::string name;  // label of varsam_pool_queued{pool} and varsam_pool_sheds_total{pool}
    int threads = 8;
    size_t queue_max = 256;
  };
  WorkerPool(Config config, obs::Metrics& metrics);
  // Runs what is queued, then ends the threads.
  ~WorkerPool();

  // false when the queue is full or the pool is ending; the work is then dropped unrun.
  bool Submit(absl::AnyInvocable<void()> work);

 private:
  void Loop();

  const Config config_;
  obs::Gauge& queued_;
  obs::Counter& sheds_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<absl::AnyInvocable<void()>> queue_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace varsam::rpc
