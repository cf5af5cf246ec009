#include "libs/rpc/worker_pool.h"

#include <utility>

#include "libs/base/check.h"

namespace varsam::rpc {

WorkerPool::WorkerPool(Config config, obs::Metrics& metrics)
    : config_(std::move(config)),
      queued_(metrics.AddGauge("varsam_pool_queued", "Work waiting for a thread",
                               {{"pool", config_.name}})),
      sheds_(metrics.AddCounter("varsam_pool_sheds_total", "Work refused by a full queue",
                                {{"pool", config_.name}})) {
  VARSAM_CHECK(config_.threads > 0 && config_.queue_max > 0);
  for (int i = 0; i < config_.threads; ++i) threads_.emplace_back([this] { Loop(); });
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::Submit(absl::AnyInvocable<void()> work) {
  {
    std::lock_guard lock(mutex_);
    if (ending_ || queue_.size() >= config_.queue_max) {
      sheds_.Add();
      return false;
    }
    queue_.push_back(std::move(work));
    queued_.Set(static_cast<double>(queue_.size()));
  }
  wake_.notify_one();
  return true;
}

void WorkerPool::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;  // ending, and nothing left
    absl::AnyInvocable<void()> work = std::move(queue_.front());
    queue_.pop_front();
    queued_.Set(static_cast<double>(queue_.size()));
    lock.unlock();
    work();
    work = nullptr;  // what it holds goes before the lock is taken again
    lock.lock();
  }
}

}  // namespace varsam::rpc
