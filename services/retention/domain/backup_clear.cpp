#include "services/retention/domain/backup_clear.h"

#include "libs/calendar/stockholm.h"

namespace varsam::retention {

calendar::LocalDay BackupClearBy(absl::Time erased_at, calendar::Period backups_kept) {
  return calendar::AddPeriod(calendar::LocalDayOf(erased_at), backups_kept);
}

bool ReplayRemovesSubject(absl::Time erased_at, absl::Time backup_taken_at) {
  return backup_taken_at <= erased_at;
}

}  // namespace varsam::retention
