// Is everything backed up daily (policy 1.9, P53)? Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/calendar/day.h"

namespace varsam::retention {

// A set that the backup job has made and verified.
struct Backup {
  std::string id, target;
  absl::Time taken_at, registered_at;
  calendar::LocalDay expires_on;
  bool operator==(const Backup&) const = default;
};

// A day and two hours for the job itself.
inline constexpr absl::Duration kBackupAgeMax = absl::Hours(26);

struct BackupHealth {
  std::string target, newest_id;
  absl::Time newest_taken_at;
  absl::Duration age;
  bool stale = false;
};

// One for each target, by name; a set of the future counts as taken now.
std::vector<BackupHealth> HealthOf(const std::vector<Backup>& sets, absl::Time now);

}  // namespace varsam::retention
