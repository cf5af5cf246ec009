// Proof of life for the tasks in work: renews their leases from a thread of its own, and tells when
// one was called off or lost.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/connector/agent/platform.h"

namespace varsam::connector {

inline constexpr absl::Duration kRenewEvery = absl::Seconds(15);  // leases live a minute

class LeaseKeeper {
 public:
  enum class State { kHeld, kCancelled, kLost };

  // One task in work; leaves the keeper with its life.
  class Hold {
   public:
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    State state() const { return state_.load(std::memory_order_acquire); }
    // Asks the server now. OK: held. CANCELLED TASK_CANCELLED, FAILED_PRECONDITION LEASE_LOST, or
    // why the server could not be asked.
    absl::Status Renew();

   private:
    friend class LeaseKeeper;
    Hold(LeaseKeeper& keeper, std::string task_id, uint64_t fence)
        : keeper_(keeper), task_id_(std::move(task_id)), fence_(fence) {}
    LeaseKeeper& keeper_;
    const std::string task_id_;
    const uint64_t fence_;
    std::atomic<State> state_{State::kHeld};
  };

  explicit LeaseKeeper(Platform& platform, absl::Duration every = kRenewEvery);
  ~LeaseKeeper();

  std::unique_ptr<Hold> Keep(const std::string& task_id, uint64_t fence);
  // One round over all tasks in work, as the thread does.
  void RenewAll();

 private:
  void Loop();
  Platform& platform_;
  const absl::Duration every_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::mutex holds_mutex_;  // held while renewing, so a Hold does not go under a renewal
  std::map<Hold*, int> holds_;
  std::thread thread_;
};

}  // namespace varsam::connector
