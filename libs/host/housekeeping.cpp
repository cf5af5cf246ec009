#include "libs/host/housekeeping.h"

#include <utility>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/journal/journal.h"
#include "libs/obs/log.h"

namespace varsam::host {

Housekeeping::Housekeeping(pg::Pool& pool, vault::Vault& vault, const Clock& clock,
                           Forget forget)
    : pool_(pool), vault_(vault), clock_(clock), forget_(std::move(forget)),
      thread_([this] { Loop(); }) {}

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
  bool more = *forgotten == journal::kForgetRowsMax;
  if (forget_) {
    const absl::StatusOr<bool> own = forget_(**lease, now);
    more |= own.ok() && *own;
    if (!own.ok()) {
      obs::Log(obs::Level::kWarn, "housekeeping_failed",
               {obs::F("reason", ReasonOf(own.status()))});
    }
  }
  return more;
}

absl::Status Housekeeping::TickKeys(absl::Time now) {
  ASSIGN_OR_RETURN(const absl::Time made_at, vault_.EpochMadeAt());
  if (now - made_at >= kEpochKept) {
    RETURN_IF_ERROR(vault_.RotateEpoch(now));
    obs::Log(obs::Level::kInfo, "key_epoch_rotated", {});
  }
  ASSIGN_OR_RETURN(const uint64_t destroyed, vault_.DestroyEpochs(now - kKeyBackupsKept, now));
  if (destroyed > 0) {
    obs::Log(obs::Level::kInfo, "key_epochs_destroyed",
             {obs::F("epochs", static_cast<int64_t>(destroyed))});
  }
  return absl::OkStatus();
}

void Housekeeping::Loop() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, absl::ToChronoSeconds(kHousekeepingEvery),
                         [this] { return ending_; })) {
    lock.unlock();
    while (Tick(clock_.Now())) {
    }
    if (const absl::Status kept = TickKeys(clock_.Now()); !kept.ok()) {
      obs::Log(obs::Level::kWarn, "housekeeping_failed", {obs::F("reason", ReasonOf(kept))});
    }
    lock.lock();
  }
}

}  // namespace varsam::host
