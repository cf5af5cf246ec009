// Appending: the part of libs/ledger that the journal calls.
//
//   auto ticket = EnqueueLockHead(tx);  … facts …    first round trip; holds the row lock from here
//   ASSIGN_OR_RETURN(Head head, ReadHead(tx.Take(ticket)));
//   Batch batch(std::move(head), clock.Now());
//   uint64_t index = batch.Add({"consent_recorded", payload});       once per entry
//   batch.EnqueueSave(tx, ledger.signer());
//   RETURN_IF_ERROR(tx.Commit());                                    second round trip
//   auto committed = std::move(batch).Committed();                   proofs for the receipts
//   ledger.Announce(committed->size_after());                        wakes who tails
//
// Indexes are dense. Log time never stands still nor goes back: max(previous + 1 µs, now).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/ledger/checkpoint.h"
#include "libs/ledger/leaf.h"
#include "libs/ledger/merkle.h"
#include "libs/pg/tx.h"

namespace varsam::ledger {

inline constexpr size_t kBatchEntriesMax = 16384;

// The last state of the log, read under the lock of its row.
struct Head {
  RightEdge edge;
  absl::Time last_at = absl::UnixEpoch();
};

// SELECT … FROM ledger_head FOR UPDATE: one row (size, edge, last_at in µs). Whoever holds it is
// the only writer until the transaction ends.
pg::Tx::Ticket EnqueueLockHead(pg::Tx& tx);
// DATA_LOSS (LEDGER_HEAD_BROKEN) when the row is missing or does not parse.
absl::StatusOr<Head> ReadHead(const pg::Rows& rows);

// A batch after its COMMIT. Immutable; safe from every thread; proofs are computed on first use.
class CommittedBatch {
 public:
  uint64_t first_index() const { return first_; }
  uint64_t size_after() const { return edge_after_.size(); }
  const std::vector<PlacedEntry>& entries() const { return entries_; }
  const std::string& checkpoint() const { return checkpoint_; }
  // `index` must lie in this batch (CHECK).
  const PlacedEntry& entry(uint64_t index) const;
  Proof Prove(uint64_t index) const;

 private:
  friend class Batch;
  CommittedBatch(RightEdge before, RightEdge after, std::vector<PlacedEntry> entries,
                 std::string checkpoint);
  // Nodes of one height, from `first` to the right edge; the last may stand over fewer leaves.
  struct Level {
    uint64_t first = 0;
    std::vector<Hash> nodes;
  };
  void BuildLevels() const;

  uint64_t first_;
  RightEdge edge_before_;
  RightEdge edge_after_;
  std::vector<PlacedEntry> entries_;
  std::string checkpoint_;
  mutable std::once_flag built_;
  mutable std::vector<Level> levels_;  // leaves first; what every proof of the batch reads
};

// Gathers the entries of one transaction. Not thread-safe: it belongs to the batch's thread.
class Batch {
 public:
  Batch(Head head, absl::Time now);

  // Draws the salt, sets the time and gives the index. A bad kind, an oversized payload or more
  // than kBatchEntriesMax entries are CHECKs: bounds are enforced where the ask is parsed.
  uint64_t Add(Entry entry);
  // The log time of an entry added to this batch.
  absl::Time At(uint64_t index) const;
  uint64_t first_index() const { return first_; }
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  size_t bytes() const { return bytes_; }

  // Enqueues one INSERT of all entries, one per tile level that filled up, and the new head with
  // its signed checkpoint. Nothing when the batch is empty. Call once, after the last Add.
  void EnqueueSave(pg::Tx& tx, const Signer& signer);
  // After the COMMIT succeeded.
  std::shared_ptr<const CommittedBatch> Committed() &&;

 private:
  struct FullTile {
    uint64_t index;
    Hash root;
  };
  RightEdge before_;
  RightEdge edge_;
  absl::Time last_at_;
  absl::Time now_;
  uint64_t first_;
  size_t bytes_ = 0;
  std::vector<PlacedEntry> entries_;
  std::vector<std::vector<FullTile>> full_tiles_;  // by tile level
  std::string checkpoint_;
};

}  // namespace varsam::ledger
