#include "services/request_workflow/rpc/work_hub.h"

#include <algorithm>
#include <chrono>

#include "services/request_workflow/flow/task_access.h"

namespace varsam::requests {

void WorkHub::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void WorkHub::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void WorkHub::Wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

void WorkHub::Join(std::shared_ptr<WorkState> state) {
  {
    std::lock_guard lock(mutex_);
    states_.push_back(std::move(state));
    woken_ = true;
  }
  wake_.notify_all();
}

void WorkHub::Leave(const std::shared_ptr<WorkState>& state) {
  std::lock_guard lock(mutex_);
  states_.erase(std::remove(states_.begin(), states_.end(), state), states_.end());
}

void WorkHub::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    const std::vector<std::shared_ptr<WorkState>> states = states_;
    lock.unlock();
    for (const std::shared_ptr<WorkState>& state : states) Serve(*state);
    lock.lock();
    wake_.wait_for(lock, absl::ToChronoMilliseconds(kWorkLookEvery),
                   [this] { return stopping_ || woken_; });
  }
}

void WorkHub::Serve(WorkState& state) {
  std::string peer;
  std::vector<std::string> systems;
  uint32_t credits = 0;
  {
    std::lock_guard lock(state.mutex);
    if (!state.push || state.credits == 0) return;
    peer = state.peer;
    systems = state.systems;
    credits = state.credits;
  }
  absl::StatusOr<std::vector<cv1::LeasedTask>> leases =
      LeaseFor(parts_, peer, std::move(systems), credits);
  std::lock_guard lock(state.mutex);
  if (!state.push) return;  // a lease that nobody gets lapses
  if (!leases.ok()) {
    const bool final = leases.status().code() == absl::StatusCode::kPermissionDenied;
    if (final) state.fail(leases.status());
    return;
  }
  for (cv1::LeasedTask& lease : *leases) {
    cv1::WorkResponse response;
    *response.mutable_lease() = std::move(lease);
    state.credits -= std::min<uint32_t>(state.credits, 1);
    state.push(std::move(response));
  }
}

}  // namespace varsam::requests
