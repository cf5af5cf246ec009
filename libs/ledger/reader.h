// Reading the log from PostgreSQL: tiles and proofs for everyone, entries for feeds. Safe from
// every thread; each call takes one connection from the pool.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/ledger/batch.h"
#include "libs/ledger/checkpoint.h"
#include "libs/ledger/leaf.h"
#include "libs/ledger/merkle.h"
#include "libs/pg/pool.h"
#include "libs/pg/tx.h"

namespace varsam::ledger {

inline constexpr int kTileWidth = 256;  // C2SP tlog-tiles
inline constexpr int kTileLevelMax = 7;
inline constexpr uint32_t kReadEntriesMax = 1000;
inline constexpr uint64_t kScanEntriesMax = 65536;
inline constexpr size_t kReadBytesMax = 2 << 20;  // a page of entries stops here (at least one)

class Reader {
 public:
  explicit Reader(pg::Pool& pool) : pool_(pool) {}

  // The newest signed note. Before the first entry: NOT_FOUND (LEDGER_EMPTY).
  absl::StatusOr<std::string> SignedCheckpoint() const;
  absl::StatusOr<uint64_t> Size() const;
  // The hashes of a tile, 32 bytes each; width 1..256. NOT_FOUND (NO_SUCH_TILE) beyond the log.
  absl::StatusOr<std::string> Tile(int level, uint64_t index, int width) const;
  // C2SP entry bundle: each leaf with its length (uint16, big endian). NOT_FOUND (NO_SUCH_TILE).
  absl::StatusOr<std::string> EntryBundle(uint64_t index, int width) const;
  // At most min(count, kReadEntriesMax) entries from `from` on; empty at the end of the log.
  absl::StatusOr<std::vector<StoredEntry>> Entries(uint64_t from, uint32_t count) const;
  // Entries in their order from `from` on, as they come, at most kScanEntriesMax: the quickest way
  // through a long log. The payload lives while `each` runs; an error of it ends the scan. The
  // index after the last one seen.
  struct Seen {
    uint64_t index = 0;
    absl::Time at;
    std::optional<std::string_view> payload;  // absent once erased
  };
  absl::StatusOr<uint64_t> Scan(uint64_t from,
                                const std::function<absl::Status(const Seen&)>& each) const;
  absl::StatusOr<StoredEntry> EntryAt(uint64_t index) const;  // NOT_FOUND (NO_SUCH_ENTRY)
  // Inclusion against the newest checkpoint. NOT_FOUND (NO_SUCH_ENTRY).
  absl::StatusOr<Proof> Prove(uint64_t index) const;
  absl::StatusOr<std::vector<Hash>> InclusionProof(uint64_t index, uint64_t size) const;
  absl::StatusOr<std::vector<Hash>> ConsistencyProof(uint64_t old_size, uint64_t new_size) const;
  // Removes payload and salt of entries and writes down that it did; the leaves stay. Gives how
  // many still had them.
  absl::StatusOr<uint64_t> EraseEntries(const std::vector<uint64_t>& indexes,
                                        std::string_view reason) const;

 private:
  pg::Pool& pool_;
};

// The same erasure inside a transaction of the service, so that it happens with what ordered it.
// `reason` is a code without personal data, e.g. "case_erasure".
void EnqueueErase(pg::Tx& tx, const std::vector<uint64_t>& indexes, std::string_view reason);

}  // namespace varsam::ledger
