#include "services/consent/store/change_hub.h"

#include <algorithm>
#include <utility>

#include "libs/base/clock.h"

namespace varsam::consent {
namespace {

size_t PlaceOf(ChangeSource source) { return static_cast<size_t>(source); }

}  // namespace

uint64_t ChangeHub::Join(Filter filter, std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  const uint64_t id = next_id_++;
  Changes missed = MissedLocked(filter);
  watchers_.emplace(
      id, Watcher{std::move(filter), std::move(wake), {}, std::move(missed), MonotonicNow()});
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
  taken.view = flushed_;
  if (taken.heartbeat || !taken.empty()) watcher->second.told_at = MonotonicNow();
  return taken;
}

void ChangeHub::Hold() {
  std::lock_guard lock(mutex_);
  holding_ = true;
  // What is being noted at this moment is told as missed rather than missed.
  for (size_t i = 0; i < kChangeSources; ++i) floor_.read[i] = reached_[i].load();
}

View ChangeHub::view() const {
  std::lock_guard lock(mutex_);
  return flushed_;
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
  if (changes.subjects.size() <= kChangedSubjectsMax) return;
  changes.everybody = true;
  changes.subjects.clear();
}

Changes ChangeHub::MissedLocked(const Filter& filter) const {
  Changes missed;
  const size_t exact = filter.revision_only ? 1 : kChangeSources;
  missed.everybody = !holding_ || filter.after.history != history_;
  for (size_t i = 0; i < exact; ++i) {
    const uint64_t after = filter.after.read[i];
    // A view ahead of us is of a replica that has read more.
    missed.everybody |= after < floor_.read[i] || after > reached_[i].load();
  }
  if (missed.everybody) return missed;
  for (const Held& one : held_) {
    const size_t place = PlaceOf(one.source);
    if (place >= exact || one.position > filter.after.read[place]) {
      Add(filter, one.subject, one.purpose, missed);
    }
  }
  Bound(missed);
  return missed;
}

void ChangeHub::Begin(int64_t history) {
  {
    std::lock_guard lock(mutex_);
    history_ = history;
  }
  Note(SubjectId(), "", ChangeSource::kOwnLedger);
}

void ChangeHub::Note(SubjectId subject, std::string_view purpose, ChangeSource source) {
  if (!holding_ && watching_ == 0) return;
  std::lock_guard lock(mutex_);
  for (auto& [id, watcher] : watchers_) Add(watcher.filter, subject, purpose, watcher.noted);
  if (!holding_) return;
  held_.push_back({.source = source,
                   .position = reached_[PlaceOf(source)].load(),
                   .subject = subject,
                   .purpose = std::string(purpose)});
  if (held_.size() <= kHeldChangesMax) return;
  uint64_t& floor = floor_.read[PlaceOf(held_.front().source)];
  floor = std::max(floor, held_.front().position);
  held_.pop_front();
}

void ChangeHub::Flush(ChangeSource source, uint64_t position) {
  std::lock_guard lock(mutex_);
  flushed_.read[PlaceOf(source)] = position;
  if (source == ChangeSource::kOwnLedger) flushed_.history = history_;
  for (auto& [id, watcher] : watchers_) {
    if (watcher.noted.empty()) continue;
    Changes noted = std::exchange(watcher.noted, {});
    watcher.ready.everybody |= noted.everybody;
    watcher.ready.subjects.merge(noted.subjects);
    Bound(watcher.ready);
    watcher.wake();
  }
}

void ChangeHub::Beat(absl::Duration now) {
  if (watching_ == 0) return;
  std::lock_guard lock(mutex_);
  for (auto& [id, watcher] : watchers_) {
    if (!watcher.filter.heartbeat || now - watcher.told_at < kHeartbeatEvery) continue;
    watcher.told_at = now;
    watcher.ready.heartbeat = true;
    watcher.wake();
  }
}

}  // namespace varsam::consent
