#include "services/request_workflow/worker/loop.h"

#include <chrono>

namespace varsam::requests {

Loop::Loop(std::string name, absl::Duration every, Tick tick, obs::Metrics& metrics)
    : name_(std::move(name)),
      every_(every),
      tick_(std::move(tick)),
      failures_(metrics.AddCounter("varsam_worker_failures_total", "Ticks that failed",
                                   {{"worker", name_}})) {}

Loop::~Loop() { Stop(); }

void Loop::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Loop::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Loop::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const absl::StatusOr<bool> more = tick_();
    if (!more.ok()) {
      failures_.Add();
      obs::Log(obs::Level::kWarn, "worker_failed",
               {obs::F("worker", name_), obs::F("status", more.status())});
    }
    lock.lock();
    if (more.ok() && *more) continue;
    wake_.wait_for(lock, absl::ToChronoMilliseconds(every_), [this] { return stopping_; });
  }
}

}  // namespace varsam::requests
