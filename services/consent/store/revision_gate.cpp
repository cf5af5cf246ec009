#include "services/consent/store/revision_gate.h"

#include <utility>

namespace varsam::consent {

bool RevisionGate::Await(uint64_t revision, absl::Duration until, std::function<void(bool)> done) {
  if (this->revision() < revision) {
    std::unique_lock lock(mutex_);
    // Again under the lock, or an advance in between would pass us by.
    if (this->revision() < revision && !closed_) {
      if (waiters_.size() >= kWaitersMax) return false;
      waiters_.push_back({revision, until, std::move(done)});
      waiting_.store(waiters_.size(), std::memory_order_relaxed);
      lock.unlock();
      if (on_await_) on_await_();
      return true;
    }
  }
  done(this->revision() >= revision);
  return true;
}

template <typename Leaves>
void RevisionGate::Release(Leaves leaves, bool there) {
  std::vector<Waiter> released;
  {
    std::lock_guard lock(mutex_);
    for (size_t i = 0; i < waiters_.size();) {
      if (!leaves(waiters_[i])) {
        ++i;
        continue;
      }
      released.push_back(std::move(waiters_[i]));
      if (i + 1 != waiters_.size()) waiters_[i] = std::move(waiters_.back());
      waiters_.pop_back();
    }
    waiting_.store(waiters_.size(), std::memory_order_relaxed);
  }
  for (Waiter& waiter : released) waiter.done(there);
}

void RevisionGate::Advance(uint64_t revision) {
  revision_.store(revision, std::memory_order_release);
  Release([&](const Waiter& waiter) { return waiter.revision <= revision; }, true);
}

void RevisionGate::Expire(absl::Duration now) {
  if (!awaited()) return;
  Release([&](const Waiter& waiter) { return waiter.until <= now; }, false);
}

void RevisionGate::Close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  Release([](const Waiter&) { return true; }, false);
}

}  // namespace varsam::consent
