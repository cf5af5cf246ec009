#include "services/consent/store/change_hub.h"

#include <utility>

namespace varsam::consent {

uint64_t ChangeHub::Join(Filter filter, std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  const uint64_t id = next_id_++;
  watchers_.emplace(id, Watcher{std::move(filter), std::move(wake), {}, {}});
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
  return std::exchange(watcher->second.ready, {});
}

void ChangeHub::Note(SubjectId subject, std::string_view purpose) {
  if (watching_.load(std::memory_order_relaxed) == 0) return;
  std::lock_guard lock(mutex_);
  for (auto& [id, watcher] : watchers_) {
    const Filter& filter = watcher.filter;
    if (!filter.purpose.empty() && !purpose.empty() && filter.purpose != purpose) continue;
    if (subject.IsNil()) {
      watcher.noted.everybody = true;
    } else if (filter.subjects.empty() || filter.subjects.contains(subject)) {
      watcher.noted.subjects.insert(subject);
    }
  }
}

void ChangeHub::Flush() {
  if (watching_.load(std::memory_order_relaxed) == 0) return;
  std::lock_guard lock(mutex_);
  for (auto& [id, watcher] : watchers_) {
    if (watcher.noted.empty()) continue;
    Changes noted = std::exchange(watcher.noted, {});
    watcher.ready.everybody |= noted.everybody;
    watcher.ready.subjects.merge(noted.subjects);
    if (watcher.ready.subjects.size() > kChangedSubjectsMax) {
      watcher.ready = {.everybody = true, .subjects = {}};
    }
    watcher.wake();
  }
}

}  // namespace varsam::consent
