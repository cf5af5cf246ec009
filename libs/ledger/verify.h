// Walks the whole log and names the first thing that is wrong. It streams: memory stays flat for
// any size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/ledger/checkpoint.h"
#include "libs/pg/pool.h"

namespace varsam::ledger {

enum class DamageKind {
  kNone,
  kMissingEntry,      // a row is gone (deleted) between others
  kUnexpectedEntry,   // a row stands where none was logged (inserted)
  kTruncated,         // rows at the end are gone
  kPayloadChanged,    // payload or salt do not give the commitment
  kLeafChanged,       // kind, time or commitment do not give the leaf hash
  kTimeWentBack,      // log time not above the one before
  kTileChanged,       // a stored tile differs from the entries under it
  kHeadChanged,       // size, edge or signed checkpoint of the head differ from the entries
  kHistoryRewritten,  // entries are consistent in themselves but not with a signed checkpoint
  kErasedUnrecorded,  // payload missing without a recorded erasure
};

struct VerifyOptions {
  std::string vkey;                        // required: whose checkpoints count
  std::vector<std::string> trusted_notes;  // checkpoints kept elsewhere (witness, receipts)
};

struct VerifyReport {
  uint64_t entries = 0;  // verified before the damage, or all
  uint64_t erased = 0;
  uint64_t bytes = 0;  // payload, salt and leaf bytes hashed
  DamageKind damage = DamageKind::kNone;
  uint64_t index = 0;      // the first bad entry
  uint64_t index_end = 0;  // one past the last entry it may be (index + 1 when exact)
  std::string detail;
  bool ok() const { return damage == DamageKind::kNone; }
};

// Errors are of the database; damage is a report. Takes three connections of the pool.
absl::StatusOr<VerifyReport> Verify(pg::Pool& pool, const VerifyOptions& options);
std::string DamageName(DamageKind kind);

}  // namespace varsam::ledger
