// What every service must do now and then, on a thread of its own: forget the request ids nobody
// can still repeat, one bounded batch at a time; take a new epoch key every month, destroy the
// old ones once no backup of the keys can hold them any more.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/pg/pool.h"
#include "libs/vault/vault.h"

namespace varsam::host {

// Longer than any caller's retries; a repeat after that is a new write.
inline constexpr absl::Duration kRequestIdsKept = absl::Hours(72);
// Backups of the key database are kept for seven days (deploy/backup); a day more for the job.
inline constexpr absl::Duration kKeyBackupsKept = absl::Hours(24 * 8);
inline constexpr absl::Duration kEpochKept = absl::Hours(24 * 30);
inline constexpr absl::Duration kHousekeepingEvery = absl::Minutes(10);

class Housekeeping {
 public:
  // The service's own records, under the rules of the policy: one bounded batch of what is too old;
  // true when there may be more.
  using Forget = std::function<absl::StatusOr<bool>(pg::Connection&, absl::Time now)>;
  // All of it outlives it. `forget` may be null.
  Housekeeping(pg::Pool& pool, vault::Vault& vault, const Clock& clock, Forget forget = nullptr);
  ~Housekeeping();

  // One batch; false when there is nothing more to forget, or the database did not answer.
  bool Tick(absl::Time now);
  // What the age of the epoch key asks for.
  absl::Status TickKeys(absl::Time now);

 private:
  void Loop();

  pg::Pool& pool_;
  vault::Vault& vault_;
  const Clock& clock_;
  const Forget forget_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace varsam::host
