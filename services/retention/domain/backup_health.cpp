#include "services/retention/domain/backup_health.h"

#include <algorithm>
#include <map>

namespace varsam::retention {

std::vector<BackupHealth> HealthOf(const std::vector<Backup>& sets, absl::Time now) {
  std::map<std::string, const Backup*> newest;
  for (const Backup& one : sets) {
    const Backup*& known = newest[one.target];
    if (known == nullptr || known->taken_at < one.taken_at) known = &one;
  }
  std::vector<BackupHealth> health;
  for (const auto& [target, set] : newest) {
    const absl::Duration age = std::max(now - set->taken_at, absl::ZeroDuration());
    health.push_back({target, set->id, set->taken_at, age, age > kBackupAgeMax});
  }
  return health;
}

}  // namespace varsam::retention
