#include "services/connector/agent/lease_keeper.h"

#include <chrono>

#include "libs/base/error.h"
#include "libs/obs/log.h"

namespace varsam::connector {

LeaseKeeper::LeaseKeeper(Platform& platform, absl::Duration every)
    : platform_(platform), every_(every), thread_([this] { Loop(); }) {}

LeaseKeeper::~LeaseKeeper() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::unique_ptr<LeaseKeeper::Hold> LeaseKeeper::Keep(const std::string& task_id, uint64_t fence) {
  std::unique_ptr<Hold> hold(new Hold(*this, task_id, fence));
  std::lock_guard lock(holds_mutex_);
  holds_.emplace(hold.get(), 0);
  return hold;
}

LeaseKeeper::Hold::~Hold() {
  std::lock_guard lock(keeper_.holds_mutex_);
  keeper_.holds_.erase(this);
}

absl::Status LeaseKeeper::Hold::Renew() {
  const auto answer = keeper_.platform_.RenewLease(task_id_, fence_);
  if (answer.ok()) {
    if (!answer->cancelled()) return absl::OkStatus();
    state_.store(State::kCancelled, std::memory_order_release);
    return ErrorWithReason(absl::StatusCode::kCancelled, "TASK_CANCELLED",
                           "the task was called off");
  }
  const bool lost = answer.status().code() == absl::StatusCode::kFailedPrecondition ||
                    answer.status().code() == absl::StatusCode::kNotFound;
  if (!lost) return answer.status();
  state_.store(State::kLost, std::memory_order_release);
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "LEASE_LOST",
                         "another lease of the task exists");
}

void LeaseKeeper::RenewAll() {
  std::lock_guard lock(holds_mutex_);
  for (const auto& [hold, unused] : holds_) {
    if (hold->state() != State::kHeld) continue;
    const absl::Status renewed = hold->Renew();
    if (renewed.ok()) continue;
    obs::Log(obs::Level::kWarn, "lease_not_renewed",
             {obs::F("task_id", hold->task_id_), obs::F("error", renewed)});
  }
}

void LeaseKeeper::Loop() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, absl::ToChronoMilliseconds(every_), [this] { return stopping_; })) {
    lock.unlock();
    RenewAll();
    lock.lock();
  }
}

}  // namespace varsam::connector
