// When the last backup that still holds an erased person is gone, and whether a restored one must
// be replayed (FORMAT 4.4). Pure.
#pragma once

#include "absl/time/time.h"
#include "services/retention/domain/rule.h"

namespace varsam::retention {

// The rule of the kind of record "backup" in the platform.
inline constexpr std::string_view kBackupRule = "backup_copy";

// The local day of the erasure plus the time backups are kept.
calendar::LocalDay BackupClearBy(absl::Time erased_at, calendar::Period backups_kept);

// A backup taken at or before the erasure still holds the person: the replay before opening must
// remove them.
bool ReplayRemovesSubject(absl::Time erased_at, absl::Time backup_taken_at);

}  // namespace varsam::retention
