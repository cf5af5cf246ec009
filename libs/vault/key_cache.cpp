#include "libs/vault/key_cache.h"

#include <utility>

#include "libs/base/clock.h"

namespace varsam::vault {

std::optional<SubjectKey> KeyCache::Find(const SubjectId& subject) {
  const absl::Duration now = MonotonicNow();
  const std::lock_guard lock(mutex_);
  const auto found = by_subject_.find(subject.value());
  if (found == by_subject_.end()) return std::nullopt;
  if (now - found->second->read_at > age_max_) {
    items_.erase(found->second);
    by_subject_.erase(found);
    return std::nullopt;
  }
  items_.splice(items_.begin(), items_, found->second);
  return found->second->key;
}

uint64_t KeyCache::Mark() const {
  const std::lock_guard lock(mutex_);
  return drops_;
}

void KeyCache::Put(const SubjectId& subject, const SubjectKey& key, uint64_t mark) {
  const absl::Duration now = MonotonicNow();
  const std::lock_guard lock(mutex_);
  if (mark != drops_ || keys_max_ == 0) return;
  if (const auto found = by_subject_.find(subject.value()); found != by_subject_.end()) {
    items_.erase(found->second);
    by_subject_.erase(found);
  }
  items_.push_front({subject, key, now});
  by_subject_[subject.value()] = items_.begin();
  while (items_.size() > keys_max_) {
    by_subject_.erase(items_.back().subject.value());
    items_.pop_back();
  }
}

void KeyCache::Drop(const SubjectId& subject) {
  const std::lock_guard lock(mutex_);
  ++drops_;
  const auto found = by_subject_.find(subject.value());
  if (found == by_subject_.end()) return;
  items_.erase(found->second);
  by_subject_.erase(found);
}

size_t KeyCache::size() const {
  const std::lock_guard lock(mutex_);
  return items_.size();
}

}  // namespace varsam::vault
