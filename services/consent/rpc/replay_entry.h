// After a restore: a withdrawal, objection, stop, suppression or link that the backup does not know
// is written again, row and entry as they were (libs/host/restore.h); proofs and suppressions whose
// time had come go again. kAbsent: the backup has nothing that would have to go.
#pragma once

#include "libs/host/restore.h"
#include "services/consent/store/consent_store.h"

namespace varsam::consent {

absl::StatusOr<host::Replayed> ReplayEntry(ConsentStore& store, journal::Journal& journal,
                                           const ledger::ListedEntry& entry);

}  // namespace varsam::consent
