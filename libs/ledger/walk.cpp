#include "libs/ledger/walk.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/ledger/leaf.h"
#include "libs/ledger/tiles.h"

namespace varsam::ledger {
namespace {

constexpr int64_t kTilesAhead = 64;
constexpr int64_t kErasuresAhead = 4096;

constexpr pg::Statement kReadTiles{
    "ledger_read_tiles",
    "SELECT index, hashes, root FROM ledger_tile WHERE level = $1 AND index >= $2"
    " ORDER BY index LIMIT $3"};
constexpr pg::Statement kReadErasures{
    "ledger_read_erasures",
    "SELECT index FROM ledger_erasure WHERE index >= $1 ORDER BY index LIMIT $2"};

int64_t Signed(uint64_t number) { return static_cast<int64_t>(number); }

void Mark(CheckedRow& checked, DamageKind kind, uint64_t index, const char* detail) {
  checked.damage = kind;
  checked.damage_index = index;
  checked.detail = detail;
}

// The row does not give its leaf hash: was it changed, or moved by a neighbour put in or taken out?
void MarkLeaf(const pg::Row& row, const Hash& commitment, CheckedRow& checked) {
  const auto fits = [&](uint64_t other) {
    return row.Bytes(4) ==
           HashBytes(LeafHash(LeafText(other, row.Text(1), row.Time(2), commitment)));
  };
  const uint64_t index = checked.index;
  if (index > 0 && fits(index - 1)) {
    Mark(checked, DamageKind::kUnexpectedEntry, index - 1,
         "the entries from here on were moved up: this one was put in");
  } else if (fits(index + 1)) {
    Mark(checked, DamageKind::kMissingEntry, index,
         "the entries from here on were moved down: this one was taken out");
  } else {
    Mark(checked, DamageKind::kLeafChanged, index,
         "index, kind, time or commitment do not give the leaf hash");
  }
}

}  // namespace

CheckedRow CheckRow(const pg::Row& row, std::string& scratch) {
  CheckedRow checked;
  checked.index = static_cast<uint64_t>(row.Int64(0));
  checked.at = row.Time(2);
  const auto commitment = HashFromBytes(row.Bytes(3));
  if (!commitment) {
    Mark(checked, DamageKind::kLeafChanged, checked.index, "the commitment is not a hash");
    return checked;
  }
  scratch.clear();
  AppendLeafText(scratch, checked.index, row.Text(1), checked.at, *commitment);
  checked.leaf_hash = LeafHash(scratch);
  checked.bytes = static_cast<uint32_t>(scratch.size());
  if (row.Bytes(4) != HashBytes(checked.leaf_hash)) {
    MarkLeaf(row, *commitment, checked);
    return checked;
  }
  const auto salt = row.OptionalBytes(5);
  const auto payload = row.OptionalBytes(6);
  checked.erased = !salt && !payload;
  if (checked.erased) return checked;
  checked.bytes += static_cast<uint32_t>(salt.value_or("").size() + payload.value_or("").size());
  if (!salt || !payload || salt->size() != kSaltBytes ||
      Commitment(*salt, *payload) != *commitment) {
    Mark(checked, DamageKind::kPayloadChanged, checked.index,
         "payload and salt do not give the commitment");
  }
  return checked;
}

void Walk::Found(DamageKind kind, uint64_t index, std::string detail) {
  if (!row_damage_.found()) row_damage_ = {kind, index, index + 1, std::move(detail)};
}

absl::Status Walk::Take(const CheckedRow& row) {
  if (row_damage_.found()) return absl::OkStatus();
  if (row.index != next()) {
    Found(DamageKind::kMissingEntry, next(), "the row of this entry is gone");
    return absl::OkStatus();
  }
  bytes_ += row.bytes;
  if (row.damage != DamageKind::kNone) {
    Found(row.damage, row.damage_index, row.detail);
    return absl::OkStatus();
  }
  if (row.erased) {
    ++erased_;
    ASSIGN_OR_RETURN(const bool recorded, ErasureRecorded(row.index));
    if (!recorded) {
      Found(DamageKind::kErasedUnrecorded, row.index,
            "the payload is gone and no erasure is recorded");
      return absl::OkStatus();
    }
  }
  if (row.at <= last_at_) {
    Found(DamageKind::kTimeWentBack, row.index, "its time is not after that of the entry before");
    return absl::OkStatus();
  }
  last_at_ = row.at;
  Append(row.leaf_hash);
  CheckKnownRoots();
  return completed_.empty() ? absl::OkStatus() : CheckFullTiles();
}

absl::StatusOr<bool> Walk::ErasureRecorded(uint64_t index) {
  while (!erasures_ahead_.empty() && erasures_ahead_.front() < index) erasures_ahead_.pop_front();
  if (erasures_ahead_.empty() && erasures_read_to_ <= index) {
    ASSIGN_OR_RETURN(
        const pg::Rows rows,
        side_.Query(kReadErasures, pg::Params().Int64(Signed(index)).Int64(kErasuresAhead)));
    for (const pg::Row row : rows) {
      erasures_ahead_.push_back(static_cast<uint64_t>(row.Int64(0)));
    }
    // An erasure may be recorded while we read; so only what was seen counts as read.
    erasures_read_to_ = erasures_ahead_.empty() ? index : erasures_ahead_.back() + 1;
  }
  return !erasures_ahead_.empty() && erasures_ahead_.front() == index;
}

void Walk::Append(const Hash& leaf_hash) {
  if (hashes_.empty()) hashes_.resize(1);
  hashes_[0] += HashBytes(leaf_hash);
  completed_.clear();
  edge_.Append(leaf_hash, [this](NodeId node, const Hash& root) {
    if (node.level % kTileBits == 0) completed_.emplace_back(node, root);
  });
}

absl::Status Walk::CheckFullTiles() {
  for (const auto& [node, root] : completed_) {
    const int level = node.level / kTileBits - 1;
    ASSIGN_OR_RETURN(const StoredTile stored, Stored(level, node.index));
    if (static_cast<size_t>(level) + 1 == hashes_.size()) hashes_.emplace_back();
    const bool same = stored.hashes == hashes_[static_cast<size_t>(level)];
    if (!same) {
      Compare(level, node.index, stored.hashes);
    } else if (stored.root != HashBytes(root) && !tile_damage_.found()) {
      const uint64_t first = node.index << node.level;
      tile_damage_ = {DamageKind::kTileChanged, first, first + (uint64_t{1} << node.level),
                      "the stored root of a tile differs"};
    }
    hashes_[static_cast<size_t>(level)].clear();
    hashes_[static_cast<size_t>(level) + 1] += HashBytes(root);
  }
  return absl::OkStatus();
}

absl::StatusOr<Walk::StoredTile> Walk::Stored(int level, uint64_t index) {
  if (level > 0) {
    ASSIGN_OR_RETURN(
        const pg::Rows rows,
        side_.Query(kReadTiles, pg::Params().Int32(level).Int64(Signed(index)).Int64(1)));
    if (rows.empty() || rows[0].Int64(0) != Signed(index)) return StoredTile{index, "", ""};
    return StoredTile{index, std::string(rows[0].Bytes(1)), std::string(rows[0].Bytes(2))};
  }
  if (tiles_ahead_.empty()) {
    ASSIGN_OR_RETURN(
        const pg::Rows rows,
        side_.Query(kReadTiles, pg::Params().Int32(0).Int64(Signed(index)).Int64(kTilesAhead)));
    for (const pg::Row row : rows) {
      tiles_ahead_.push_back({static_cast<uint64_t>(row.Int64(0)), std::string(row.Bytes(1)),
                              std::string(row.Bytes(2))});
    }
  }
  if (tiles_ahead_.empty() || tiles_ahead_.front().index != index) return StoredTile{index, "", ""};
  StoredTile tile = std::move(tiles_ahead_.front());
  tiles_ahead_.pop_front();
  return tile;
}

void Walk::Compare(int level, uint64_t index, const std::string& stored) {
  if (tile_damage_.found()) return;
  const std::string& ours = hashes_[static_cast<size_t>(level)];
  const size_t common = std::min(ours.size(), stored.size());
  const auto differs = std::mismatch(
      ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(common), stored.begin());
  const size_t at = static_cast<size_t>(differs.first - ours.begin()) / sizeof(Hash);
  const uint64_t width = uint64_t{1} << (kTileBits * level);
  const uint64_t first = ((index << kTileBits) + at) * width;
  if (stored.empty()) {
    tile_damage_ = {DamageKind::kTileChanged, first, first + (width << kTileBits),
                    absl::StrCat("the stored tile ", level, "/", index, " is gone")};
  } else {
    tile_damage_ = {DamageKind::kTileChanged, first, first + width,
                    absl::StrCat("entries and stored tile ", level, "/", index, " differ")};
  }
}

absl::Status Walk::CheckOpenTile() {
  if (hashes_.empty() || hashes_[0].empty() || tile_damage_.found()) return absl::OkStatus();
  const uint64_t index = next() >> kTileBits;
  ASSIGN_OR_RETURN(const StoredTile stored, Stored(0, index));
  if (stored.hashes.size() < hashes_[0].size()) return absl::OkStatus();
  if (stored.hashes.compare(0, hashes_[0].size(), hashes_[0]) != 0) {
    Compare(0, index, stored.hashes);
  }
  return absl::OkStatus();
}

void Walk::CheckKnownRoots() {
  while (next_known_ < known_.size() && known_[next_known_].size <= next()) {
    const KnownRoot& known = known_[next_known_++];
    if (known.size != next() || fork_.found()) continue;
    if (known.root == edge_.Root()) {
      last_known_ = known.size;
    } else {
      fork_ = {DamageKind::kHistoryRewritten, last_known_, known.size,
               absl::StrCat("entries differ from the signed checkpoint of size ", known.size)};
    }
  }
}

}  // namespace varsam::ledger
