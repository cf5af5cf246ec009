// Who wants to know when an answer may have changed (WatchDecisions). Changes gather until Flush,
// so that a watcher is told of them with a revision that already shows them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "libs/base/ids.h"

namespace varsam::consent {

inline constexpr size_t kWatchedSubjectsMax = 10000;
// Beyond so many changed people a watcher is told "all of them".
inline constexpr size_t kChangedSubjectsMax = 1000;

struct Changes {
  bool everybody = false;
  absl::flat_hash_set<SubjectId> subjects;
  bool empty() const { return !everybody && subjects.empty(); }
};

class ChangeHub {
 public:
  struct Filter {
    absl::flat_hash_set<SubjectId> subjects;  // empty: all
    std::string purpose;                      // empty: all
  };
  // `wake` is called (on an applying thread) when Take has something to give.
  uint64_t Join(Filter filter, std::function<void()> wake);
  // No wake is running or will run afterwards.
  void Leave(uint64_t id);
  Changes Take(uint64_t id);
  // The same, from inside `wake`.
  Changes TakeInWake(uint64_t id);

  // A change for one person (nil: everybody) and one purpose (empty: any of them).
  void Note(SubjectId subject, std::string_view purpose);
  void Flush();

 private:
  struct Watcher {
    Filter filter;
    std::function<void()> wake;
    Changes noted, ready;
  };
  std::atomic<size_t> watching_{0};
  std::mutex mutex_;
  std::map<uint64_t, Watcher> watchers_;
  uint64_t next_id_ = 1;
};

}  // namespace varsam::consent
