#include "services/retention/worker/housekeeping.h"

#include <chrono>

#include "libs/base/status_macros.h"

namespace varsam::retention {

Housekeeping::Housekeeping(const Parts& parts, absl::Duration every)
    : parts_(parts), every_(every) {}

Housekeeping::~Housekeeping() { Stop(); }

void Housekeeping::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Housekeeping::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<bool> Housekeeping::Tick(absl::Time now) {
  bool outdated = false, blocked = false;
  std::string waiting;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(absl::Seconds(2)));
    ASSIGN_OR_RETURN(outdated, parts_.store.HasOutdated(*lease, now));
    ASSIGN_OR_RETURN(blocked, parts_.store.HasBlocked(*lease));
    ASSIGN_OR_RETURN(waiting, parts_.store.ReadWaitingStamp(*lease));
  }
  if (outdated) RETURN_IF_ERROR(parts_.recompute(now));
  // Nothing is issued while a restriction may be on its way here.
  bool more = outdated;
  if (blocked && MonotonicNow() >= next_pass_ && parts_.feeds_ready().ok()) {
    ASSIGN_OR_RETURN(const bool pass_goes_on, ResumeSome(now));
    more |= pass_goes_on;
  }
  const bool look = waiting != settled_stamp_ || MonotonicNow() >= next_settle_;
  if (!waiting.empty() && look && parts_.feeds_ready().ok()) {
    ASSIGN_OR_RETURN(const bool pass_goes_on, SettleSome(now, waiting));
    more |= pass_goes_on;
  }
  return more;
}

absl::StatusOr<bool> Housekeeping::ResumeSome(absl::Time now) {
  // A look first: most of the time nothing has changed, and a commit would say so every second.
  ResumeDisposals seen;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(absl::Seconds(2)));
    pg::Tx tx(*lease, pg::TxKind::kSnapshot);
    ASSIGN_OR_RETURN(seen, parts_.store.LoadBlocked(tx, resumed_up_to_));
  }
  if (!Resume(seen, now).empty()) RETURN_IF_ERROR(parts_.resume(resumed_up_to_));
  const bool ended = seen.blocked.size() < static_cast<size_t>(kResumeItemsMax);
  resumed_up_to_ = ended ? ItemId() : seen.blocked.back().id;
  if (ended) next_pass_ = MonotonicNow() + kIntervalsBetweenPasses * every_;
  return !ended;
}

absl::StatusOr<bool> Housekeeping::SettleSome(absl::Time now, const std::string& stamp) {
  SettlePeopleFacts seen;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(absl::Seconds(2)));
    pg::Tx tx(*lease, pg::TxKind::kSnapshot);
    ASSIGN_OR_RETURN(seen, parts_.store.LoadWaiting(tx, settled_up_to_));
  }
  const auto no_id = [](uint32_t) { return Uuid(); };
  const auto no_hash = [](const SubjectId&) { return std::string(); };
  if (!Settle(seen, now, no_id, no_hash).settled.empty()) {
    RETURN_IF_ERROR(parts_.settle(settled_up_to_));
  }
  const bool ended = seen.waiting.size() < static_cast<size_t>(kSettlePeopleMax);
  settled_up_to_ = ended ? SubjectId() : seen.waiting.back().subject;
  if (ended) {
    settled_stamp_ = stamp;
    next_settle_ = MonotonicNow() + kSettleAtLeastEvery;
  }
  return !ended;
}

void Housekeeping::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const absl::StatusOr<bool> more = Tick(parts_.clock.Now());
    if (parts_.upkeep && !(more.ok() && *more)) parts_.upkeep(parts_.clock.Now());
    lock.lock();
    if (more.ok() && *more) continue;
    wake_.wait_for(lock, absl::ToChronoMilliseconds(every_), [this] { return stopping_; });
  }
}

}  // namespace varsam::retention
