// The walk behind Verify: takes the rows of the log one by one, in order, and remembers the first
// thing that is wrong. Internal to libs/ledger.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/ledger/merkle.h"
#include "libs/ledger/verify.h"
#include "libs/pg/connection.h"

namespace varsam::ledger {

struct Damage {
  DamageKind kind = DamageKind::kNone;
  uint64_t index = 0;
  uint64_t index_end = 0;
  std::string detail;
  bool found() const { return kind != DamageKind::kNone; }
};

// A root that somebody trustworthy has signed for a size.
struct KnownRoot {
  uint64_t size = 0;
  Hash root = {};
};

// What a row says by itself, without its neighbours. Rows are checked side by side, then walked in
// order.
struct CheckedRow {
  uint64_t index = 0;
  Hash leaf_hash = {};
  absl::Time at;
  bool erased = false;
  uint32_t bytes = 0;  // hashed
  DamageKind damage = DamageKind::kNone;
  uint64_t damage_index = 0;
  const char* detail = "";
};

// One row: index, kind, at, commitment, leaf_hash, salt, payload. `scratch` is kept between calls.
CheckedRow CheckRow(const pg::Row& row, std::string& scratch);

class Walk {
 public:
  // `side` serves tiles and erasures while the rows stream over another connection. `known` is
  // sorted by size.
  Walk(pg::Connection& side, std::vector<KnownRoot> known)
      : side_(side), known_(std::move(known)) {}

  // The next row. After damage rows are passed over. Errors are of the database.
  absl::Status Take(const CheckedRow& row);
  // After damage in a row: looks for an earlier fork in the tile that was being filled.
  absl::Status CheckOpenTile();

  uint64_t next() const { return edge_.size(); }
  const RightEdge& edge() const { return edge_; }
  absl::Time last_at() const { return last_at_; }
  const Damage& row_damage() const { return row_damage_; }    // a row does not fit itself
  const Damage& tile_damage() const { return tile_damage_; }  // rows and a stored tile differ
  const Damage& fork() const { return fork_; }                // rows and a known root differ
  uint64_t erased() const { return erased_; }
  uint64_t bytes() const { return bytes_; }

 private:
  struct StoredTile {
    uint64_t index;
    std::string hashes;
    std::string root;
  };
  absl::StatusOr<bool> ErasureRecorded(uint64_t index);
  void Append(const Hash& leaf_hash);
  absl::Status CheckFullTiles();
  absl::StatusOr<StoredTile> Stored(int level, uint64_t index);
  void Compare(int level, uint64_t index, const std::string& stored);
  void CheckKnownRoots();
  void Found(DamageKind kind, uint64_t index, std::string detail);

  pg::Connection& side_;
  std::vector<KnownRoot> known_;
  size_t next_known_ = 0;
  uint64_t last_known_ = 0;
  RightEdge edge_;
  absl::Time last_at_ = absl::InfinitePast();
  std::vector<std::string> hashes_;  // of the tile being filled, by level
  std::vector<std::pair<NodeId, Hash>> completed_;
  std::deque<StoredTile> tiles_ahead_;
  std::deque<uint64_t> erasures_ahead_;
  uint64_t erasures_read_to_ = 0;
  Damage row_damage_;
  Damage tile_damage_;
  Damage fork_;
  uint64_t erased_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace varsam::ledger
