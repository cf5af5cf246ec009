// Who wants to know when an answer may have changed (WatchDecisions). Changes gather until Flush,
// so that a watcher is told of them with a revision that already shows them; the latest are held,
// so that a watcher who was away is told of no more than it has missed.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"

namespace varsam::consent {

inline constexpr size_t kWatchedSubjectsMax = 10000;
// Beyond so many changed people a watcher is told "all of them".
inline constexpr size_t kChangedSubjectsMax = 1000;
// So many changes are held for watchers who come back.
inline constexpr size_t kHeldChangesMax = 65536;
// A watcher may come from another replica that was so far behind us in a feed.
inline constexpr absl::Duration kFeedSkewMax = absl::Seconds(1);

struct Changes {
  // All changes up to it have been given by now. Come back with it.
  uint64_t revision = 0;
  bool everybody = false;
  absl::flat_hash_set<SubjectId> subjects;
  bool empty() const { return !everybody && subjects.empty(); }
};

// An entry of our own ledger moves the revision; one of a feed does not.
enum class ChangeSource : uint8_t { kOwnLedger, kFeed };

class ChangeHub {
 public:
  struct Filter {
    absl::flat_hash_set<SubjectId> subjects;  // empty: all
    std::string purpose;                      // empty: all
    // Tells who may have changed since this revision: exactly for choices, from a little before
    // that revision was reached for what the feeds brought (they carry none of ours). Everybody
    // when no change at or before it is held.
    uint64_t after_revision = 0;
  };
  // `wake` is called (on an applying thread) when Take has something to give. The first Take gives
  // what was missed since filter.after_revision.
  uint64_t Join(Filter filter, std::function<void()> wake);
  // No wake is running or will run afterwards.
  void Leave(uint64_t id);
  Changes Take(uint64_t id);
  // The same, from inside `wake`.
  Changes TakeInWake(uint64_t id);

  // From now on changes are held; before, while the past is read, there is nobody to miss them.
  void Hold() { holding_ = true; }
  // The own ledger's changes noted from now on make this revision.
  void Reach(uint64_t revision) { reached_.store(revision, std::memory_order_relaxed); }
  // A change for one person (nil: everybody) and one purpose (empty: any of them). It can be seen
  // already.
  void Note(SubjectId subject, std::string_view purpose, ChangeSource source);
  // Wakes the watchers; of the own ledger, all up to `revision` has been noted.
  void Flush(std::optional<uint64_t> revision = std::nullopt);

 private:
  struct Watcher {
    Filter filter;
    std::function<void()> wake;
    Changes noted, ready;
  };
  struct Held {
    uint64_t revision = 0;  // that it made; 0 of a feed
    absl::Duration at;      // monotonic
    SubjectId subject;
    std::string purpose;
  };
  static void Add(const Filter& filter, SubjectId subject, std::string_view purpose, Changes& to);
  static void Bound(Changes& changes);
  Changes MissedLocked(const Filter& filter) const;

  std::atomic<bool> holding_{false};
  std::atomic<uint64_t> reached_{0};
  std::atomic<size_t> watching_{0};
  std::mutex mutex_;
  std::map<uint64_t, Watcher> watchers_;
  uint64_t next_id_ = 1;
  uint64_t flushed_ = 0;  // revision of the last flush
  std::deque<Held> held_;
  bool dropped_ = false;  // held_ was full once
};

}  // namespace varsam::consent
