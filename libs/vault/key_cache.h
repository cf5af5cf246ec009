// Unwrapped subject keys, the most recently used ones, for a bounded time: another process may
// destroy a key, and then it must be forgotten here too. Wiped when they leave. Thread-safe.
// Internal to libs/vault.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/vault/secret.h"

namespace varsam::vault {

struct SubjectKey {
  std::string id;  // 8 bytes
  Secret secret;
};

class KeyCache {
 public:
  KeyCache(size_t keys_max, absl::Duration age_max) : keys_max_(keys_max), age_max_(age_max) {}

  std::optional<SubjectKey> Find(const SubjectId& subject);
  // A mark taken before reading a key from the database. Put does nothing when a key was dropped
  // since: what was read may be the dropped one.
  uint64_t Mark() const;
  void Put(const SubjectId& subject, const SubjectKey& key, uint64_t mark);
  void Drop(const SubjectId& subject);
  size_t size() const;

 private:
  struct Item {
    SubjectId subject;
    SubjectKey key;
    absl::Duration read_at;
  };
  const size_t keys_max_;
  const absl::Duration age_max_;
  mutable std::mutex mutex_;
  uint64_t drops_ = 0;
  std::list<Item> items_;  // most recent first
  std::unordered_map<Uuid, std::list<Item>::iterator> by_subject_;
};

}  // namespace varsam::vault
