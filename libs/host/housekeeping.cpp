#include "libs/host/housekeeping.h"

#include "libs/base/error.h"
#include "libs/journal/journal.h"
#include "libs/obs/log.h"

namespace varsam::host {

Housekeeping::Housekeeping(pg::Pool& pool, const Clock& clock)
    : pool_(pool), clock_(clock), thread_([this] { Loop(); }) {}

Housekeeping::~Housekeeping() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool Housekeeping::Tick(absl::Time now) {
  absl::StatusOr<pg::Pool::Lease> lease = pool_.Acquire(absl::Seconds(2));
  if (!lease.ok()) return false;
  const absl::StatusOr<uint64_t> forgotten =
      journal::ForgetRequests(**lease, now - kRequestIdsKept);
  if (!forgotten.ok()) {
    obs::Log(obs::Level::kWarn, "housekeeping_failed",
             {obs::F("reason", ReasonOf(forgotten.status()))});
    return false;
  }
  return *forgotten == journal::kForgetRowsMax;
}

void Housekeeping::Loop() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, absl::ToChronoSeconds(kHousekeepingEvery),
                         [this] { return ending_; })) {
    lock.unlock();
    while (Tick(clock_.Now())) {
    }
    lock.lock();
  }
}

}  // namespace varsam::host
