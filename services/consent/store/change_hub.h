// Who wants to know when an answer may have changed (WatchDecisions). Changes gather until Flush,
// so that a watcher is told of them with a view that already shows them; the latest are held, so
// that a watcher who was away is told of no more than it has missed.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"

namespace varsam::consent {

inline constexpr size_t kWatchedSubjectsMax = 10000;
// Beyond so many changed people a watcher is told "all of them".
inline constexpr size_t kChangedSubjectsMax = 1000;
// So many changes are held for watchers who come back.
inline constexpr size_t kHeldChangesMax = 65536;
inline constexpr absl::Duration kHeartbeatEvery = absl::Seconds(1);

// The ledgers that change answers: our own and those that are followed.
enum class ChangeSource : uint8_t { kOwnLedger, kRegistry, kRequests, kRetention };
inline constexpr size_t kChangeSources = 4;

// How far each ledger has been read: the index that comes next. Of the own one it is the revision.
struct View {
  std::array<uint64_t, kChangeSources> read{};
  // When the own ledger last came back from a backup (its time of that, in microseconds of 1970; 0:
  // never). What a view of another history shows may never have happened in this one.
  int64_t history = 0;

  uint64_t revision() const { return read[static_cast<size_t>(ChangeSource::kOwnLedger)]; }
  bool operator==(const View&) const = default;
};

struct Changes {
  // All changes up to it have been given by now. Come back with it.
  View view{};
  bool everybody = false;
  absl::flat_hash_set<SubjectId> subjects;
  bool heartbeat = false;  // a sign of life is due
  bool empty() const { return !everybody && subjects.empty(); }
};

class ChangeHub {
 public:
  struct Filter {
    absl::flat_hash_set<SubjectId> subjects;  // empty: all
    std::string purpose;                      // empty: all
    // Tells who may have changed after this view, of whichever replica. Everybody when changes
    // after it are no longer held, it is ahead of ours, or of another history.
    View after{};
    // Only the revision of `after` is known: all that the feeds brought and is held is told.
    bool revision_only = false;
    bool heartbeat = false;
  };
  // `wake` is called (on an applying thread) when Take has something to give. The first Take gives
  // what was missed since filter.after.
  uint64_t Join(Filter filter, std::function<void()> wake);
  // No wake is running or will run afterwards.
  void Leave(uint64_t id);
  Changes Take(uint64_t id);
  // The same, from inside `wake`.
  Changes TakeInWake(uint64_t id);

  // From now on changes are held; before, while the past is read, there is nobody to miss them.
  void Hold();
  // The changes of this ledger noted from now on are shown by a view that has come so far.
  void Reach(ChangeSource source, uint64_t position) {
    reached_[static_cast<size_t>(source)].store(position);
  }
  // The own ledger came back from a backup: everybody may have changed. Shown by the next view.
  void Begin(int64_t history);
  // A change for one person (nil: everybody) and one purpose (empty: any of them). It can be seen
  // already.
  void Note(SubjectId subject, std::string_view purpose, ChangeSource source);
  // Wakes the watchers; of this ledger all up to `position` has been noted.
  void Flush(ChangeSource source, uint64_t position);
  // Wakes those who want a sign of life and have had none for a while.
  void Beat(absl::Duration now);
  View view() const;

 private:
  struct Watcher {
    Filter filter;
    std::function<void()> wake;
    Changes noted, ready;
    absl::Duration told_at;
  };
  struct Held {
    ChangeSource source = ChangeSource::kOwnLedger;
    uint64_t position = 0;  // of a view that shows it
    SubjectId subject;
    std::string purpose;
  };
  static void Add(const Filter& filter, SubjectId subject, std::string_view purpose, Changes& to);
  static void Bound(Changes& changes);
  Changes MissedLocked(const Filter& filter) const;

  std::atomic<bool> holding_{false};
  std::array<std::atomic<uint64_t>, kChangeSources> reached_{};
  std::atomic<size_t> watching_{0};
  mutable std::mutex mutex_;
  std::map<uint64_t, Watcher> watchers_;
  uint64_t next_id_ = 1;
  int64_t history_ = 0;
  View flushed_;
  View floor_;  // all changes after it are held
  std::deque<Held> held_;
};

}  // namespace varsam::consent
