// What the agent remembers of tasks that change a system, in its own folder, longer than any lease
// lives. It closes the gap between the commit in the system and the report of it: what will be
// reported is on disk before the commit, so a task that is leased again after a crash reports what
// was done, and does nothing twice. A file holds counts and record keys, nothing personal.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace varsam::connector {

inline constexpr absl::Duration kRememberTasks = absl::Hours(24 * 14);

struct Remembered {
  bool committed = false;  // false: prepared, perhaps committed
  bool erasure = false;
  absl::Time at;
  std::string report;  // opaque here
};

// Safe from every thread.
class TaskMemory {
 public:
  // Makes the folder (0700) if need be; INVALID_ARGUMENT when it cannot be written.
  static absl::StatusOr<TaskMemory> Open(std::string folder);

  absl::StatusOr<std::optional<Remembered>> Find(const std::string& task_id) const;
  // Durable when it returns.
  absl::Status Save(const std::string& task_id, const Remembered& what);
  // Erasures remembered since then, and tasks older than kRememberTasks forgotten.
  absl::StatusOr<int> ErasuresSince(absl::Time since, absl::Time now);

 private:
  explicit TaskMemory(std::string folder) : folder_(std::move(folder)) {}
  std::string PathOf(const std::string& task_id) const;
  std::string folder_;
};

}  // namespace varsam::connector
