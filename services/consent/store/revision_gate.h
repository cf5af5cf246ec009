// How far the decision table has read the own ledger, and the callers who wait for it to get
// further. A revision is an index + 1: revision r means that entries 0..r-1 have had their effect.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "absl/time/time.h"

namespace varsam::consent {

inline constexpr size_t kWaitersMax = 4096;

class RevisionGate {
 public:
  uint64_t revision() const { return revision_.load(std::memory_order_acquire); }

  // Calls `done(true)` at once or when the revision is there, `done(false)` when `until` (of
  // MonotonicNow) has passed or the gate closes. false: too many wait, `done` is not called.
  bool Await(uint64_t revision, absl::Duration until, std::function<void(bool)> done);

  // By the one who applies the ledger.
  void Advance(uint64_t revision);
  // From time to time: lets those go whose time is up.
  void Expire(absl::Duration now);
  // Somebody waits: look for news now rather than later.
  bool awaited() const { return waiting_.load(std::memory_order_relaxed) > 0; }
  void SetOnAwait(std::function<void()> on_await) { on_await_ = std::move(on_await); }
  void Close();

 private:
  struct Waiter {
    uint64_t revision;
    absl::Duration until;
    std::function<void(bool)> done;
  };
  template <typename Leaves>
  void Release(Leaves leaves, bool there);

  std::atomic<uint64_t> revision_{0};
  std::atomic<size_t> waiting_{0};
  std::function<void()> on_await_;
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<Waiter> waiters_;
};

}  // namespace varsam::consent
