// What happens without anybody asking: fields of older rules are computed anew, and what a hold had
// blocked is issued once the hold has ended. Each Tick does at most one bounded batch of each.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "libs/base/clock.h"
#include "libs/pg/pool.h"
#include "services/retention/store/retention_store.h"

namespace varsam::retention {

class Housekeeping {
 public:
  struct Parts {
    RetentionStore& store;
    pg::Pool& pool;
    const varsam::Clock& clock;
    // Both wait until the step is durable.
    std::function<absl::Status(absl::Time now)> recompute;
    // Issues what may go of the blocked items after the one given.
    std::function<absl::Status(ItemId after)> resume;
    // Certifies those of the people waiting after the one given of whom nothing is left.
    std::function<absl::Status(SubjectId after)> settle;
    std::function<absl::Status()> feeds_ready;
    // Looked after once in every interval.
    std::function<void(absl::Time now)> upkeep;
  };
  Housekeeping(const Parts& parts, absl::Duration every);
  ~Housekeeping();

  void Start();
  void Stop();
  // True when there is more to do at once.
  absl::StatusOr<bool> Tick(absl::Time now);

 private:
  void Run();

  const Parts parts_;
  const absl::Duration every_;
  // Blocked items are looked at in passes; after one the next waits for so many intervals.
  static constexpr int kIntervalsBetweenPasses = 10;
  absl::StatusOr<bool> ResumeSome(absl::Time now);
  // People who wait are looked at when something has ended, and now and then for what does not
  // show in the stamp.
  static constexpr absl::Duration kSettleAtLeastEvery = absl::Minutes(10);
  absl::StatusOr<bool> SettleSome(absl::Time now, const std::string& stamp);

  ItemId resumed_up_to_;
  absl::Duration next_pass_ = absl::ZeroDuration();
  SubjectId settled_up_to_;
  std::string settled_stamp_;
  absl::Duration next_settle_ = absl::ZeroDuration();
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace varsam::retention
