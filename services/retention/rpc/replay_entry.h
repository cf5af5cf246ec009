// After a restore: a hold, its release or a registered backup that the backup does not know is
// written again, row and entry as they were (libs/host/restore.h). What was disposed of comes back
// through the feed of the request workflow, which replays it.
#pragma once

#include "libs/host/restore.h"
#include "services/retention/store/retention_store.h"

namespace varsam::retention {

absl::StatusOr<host::Replayed> ReplayEntry(RetentionStore& store, journal::Journal& journal,
                                           const ledger::ListedEntry& entry);

}  // namespace varsam::retention
