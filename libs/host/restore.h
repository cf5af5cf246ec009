// A restored backup revives nobody. Before a service opens a port, the host asks if its database
// has been put back to an earlier state: the cluster continues on another timeline than the one on
// which the log was last whole, or the replay list knows of more entries than the log has. Then
// everything in the list that the log does not hold is carried out again, one by one, through the
// service's own write path; what was done is counted in an entry of the log (restore_replayed) and
// written into the list; only then may the service open. It is carried out by itself at the start:
// there is no step to forget. Each step may be repeated, so a crash on the way costs nothing.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/journal/journal.h"
#include "libs/ledger/reader.h"
#include "libs/ledger/replay_list.h"
#include "libs/ledger/timeline.h"
#include "libs/pg/pool.h"

namespace varsam::host {

// What became of one entry of the list.
enum class Replayed {
  kDone,
  kPresent,  // in force already
  kAbsent,   // about somebody the backup does not know
};
// Carries one entry out again, through the journal: its effect and the entry itself. An entry whose
// payload stands in the log already is never handed in.
using ReplayOne = std::function<absl::StatusOr<Replayed>(const ledger::ListedEntry&)>;

struct RestoreParts {
  pg::Pool& pool;
  const ledger::Reader& reader;
  journal::Journal& journal;
  const Clock& clock;
  ledger::ReplayList* list = nullptr;  // null: this service keeps none
};

struct RestoreState {
  ledger::Timeline timeline;
  uint64_t size = 0;
  bool restored = false;
};
// DATA_LOSS REPLAY_LIST_BROKEN.
absl::StatusOr<RestoreState> LookForRestore(const RestoreParts& parts);

// FAILED_PRECONDITION RESTORE_NOT_REPLAYED without a list, REPLAY_LIST_MISSING when its file is not
// there; DATA_LOSS REPLAY_LIST_BROKEN; what `one` could not do.
absl::Status ReplayAfterRestore(const RestoreParts& parts, const RestoreState& state,
                                const ReplayOne& one);

// The entry once more, with no effect of its own: for those whose readers carry it out.
absl::StatusOr<Replayed> AppendAgain(journal::Journal& journal, const ledger::ListedEntry& entry);

}  // namespace varsam::host
