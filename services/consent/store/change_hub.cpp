#include "services/consent/store/change_hub.h"

#include <utility>

#include "libs/base/clock.h"

namespace varsam::consent {

uint64_t ChangeHub::Join(Filter filter, std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  const uint64_t id = next_id_++;
  Changes missed = MissedLocked(filter);
  watchers_.emplace(id, Watcher{std::move(filter), std::move(wake), {}, std::move(missed)});
  watching_ = watchers_.size();
  return id;
}

void ChangeHub::Leave(uint64_t id) {
  std::lock_guard lock(mutex_);
  watchers_.erase(id);
  watching_ = watchers_.size();
}

Changes ChangeHub::Take(uint64_t id) {
  std::lock_guard lock(mutex_);
  return TakeInWake(id);
}

Changes ChangeHub::TakeInWake(uint64_t id) {
  const auto watcher = watchers_.find(id);
  if (watcher == watchers_.end()) return {};
  Changes taken = std::exchange(watcher->second.ready, {});
  taken.revision = flushed_;
  return taken;
}

void ChangeHub::Add(const Filter& filter, SubjectId subject, std::string_view purpose,
                    Changes& to) {
  if (!filter.purpose.empty() && !purpose.empty() && filter.purpose != purpose) return;
  if (subject.IsNil()) {
    to.everybody = true;
  } else if (filter.subjects.empty() || filter.subjects.contains(subject)) {
    to.subjects.insert(subject);
  }
}

void ChangeHub::Bound(Changes& changes) {
  if (changes.subjects.size() > kChangedSubjectsMax) changes = {.everybody = true, .subjects = {}};
}

Changes ChangeHub::MissedLocked(const Filter& filter) const {
  // The choice that made that revision, or the last one before it: after it nothing is missing.
  const Held* known = nullptr;
  for (const Held& one : held_) {
    if (one.revision > filter.after_revision) break;
    if (one.revision != 0) known = &one;
  }
  Changes missed;
  const absl::Duration since = known == nullptr ? absl::ZeroDuration() : known->at - kFeedSkewMax;
  if (known == nullptr || (dropped_ && held_.front().at > since)) {
    missed.everybody = true;
    return missed;
  }
  for (const Held& one : held_) {
    const bool fresh = one.revision == 0 ? one.at >= since : one.revision > filter.after_revision;
    if (fresh) Add(filter, one.subject, one.purpose, missed);
  }
  Bound(missed);
  return missed;
}

void ChangeHub::Note(SubjectId subject, std::string_view purpose, ChangeSource source) {
  if (!holding_.load(std::memory_order_relaxed) && watching_.load(std::memory_order_relaxed) == 0) {
    return;
  }
  std::lock_guard lock(mutex_);
  for (auto& [id, watcher] : watchers_) Add(watcher.filter, subject, purpose, watcher.noted);
  if (!holding_) return;
  held_.push_back({.revision = source == ChangeSource::kOwnLedger ? reached_.load() : 0,
                   .at = MonotonicNow(),
                   .subject = subject,
                   .purpose = std::string(purpose)});
  if (held_.size() <= kHeldChangesMax) return;
  held_.pop_front();
  dropped_ = true;
}

void ChangeHub::Flush(std::optional<uint64_t> revision) {
  std::lock_guard lock(mutex_);
  if (revision) flushed_ = *revision;
  for (auto& [id, watcher] : watchers_) {
    if (watcher.noted.empty()) continue;
    Changes noted = std::exchange(watcher.noted, {});
    watcher.ready.everybody |= noted.everybody;
    watcher.ready.subjects.merge(noted.subjects);
    Bound(watcher.ready);
    watcher.wake();
  }
}

}  // namespace varsam::consent
