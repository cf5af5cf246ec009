#include "libs/ledger/reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/ledger/tiles.h"

namespace varsam::ledger {
namespace {

constexpr absl::Duration kConnectionWaitMax = absl::Seconds(2);

constexpr pg::Statement kReadHead{"ledger_read_head", "SELECT size, checkpoint FROM ledger_head"};
constexpr pg::Statement kReadEntries{
    "ledger_read_entries",
    "SELECT index, kind, at, commitment, salt, payload FROM ledger_entry"
    " WHERE index >= $1 AND index < $2 ORDER BY index"};
constexpr pg::Statement kErase{"ledger_erase_entries", "SELECT ledger_erase($1, $2)"};

struct HeadRow {
  uint64_t size = 0;
  std::string checkpoint;
};

absl::StatusOr<HeadRow> ReadHeadRow(pg::Connection& connection) {
  ASSIGN_OR_RETURN(const pg::Rows rows, connection.Query(kReadHead, {}));
  if (rows.size() != 1) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "LEDGER_HEAD_BROKEN",
                           "the head of the ledger is missing");
  }
  return HeadRow{static_cast<uint64_t>(rows[0].Int64(0)), std::string(rows[0].Text(1))};
}

absl::Status NotFound(std::string_view reason, std::string_view message) {
  return ErrorWithReason(absl::StatusCode::kNotFound, reason, message);
}

StoredEntry ToEntry(const pg::Row& row) {
  StoredEntry entry;
  entry.index = static_cast<uint64_t>(row.Int64(0));
  entry.kind = row.Text(1);
  entry.at = row.Time(2);
  entry.commitment = HashFromBytes(row.Bytes(3)).value_or(Hash{});
  if (const auto salt = row.OptionalBytes(4)) entry.salt = std::string(*salt);
  if (const auto payload = row.OptionalBytes(5)) entry.payload = std::string(*payload);
  return entry;
}

absl::StatusOr<std::vector<StoredEntry>> ReadEntries(pg::Connection& connection, uint64_t from,
                                                     uint64_t count) {
  std::vector<StoredEntry> entries;
  size_t bytes = 0;
  // In steps, so that large payloads do not come all at once.
  constexpr uint64_t kStep = 128;
  for (uint64_t at = from; at < from + count; at += kStep) {
    const uint64_t end = std::min(at + kStep, from + count);
    ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Query(
            kReadEntries,
            pg::Params().Int64(static_cast<int64_t>(at)).Int64(static_cast<int64_t>(end))));
    for (const pg::Row row : rows) {
      entries.push_back(ToEntry(row));
      const std::optional<std::string>& payload = entries.back().payload;
      bytes += (payload ? payload->size() : 0) + 128;
      if (bytes >= kReadBytesMax) return entries;
    }
    if (rows.size() < end - at) break;
  }
  return entries;
}

pg::Params EraseParams(const std::vector<uint64_t>& indexes, std::string_view reason) {
  pg::Params params;
  params.Int64s(indexes, [](uint64_t index) { return static_cast<int64_t>(index); }).Text(reason);
  return params;
}

}  // namespace

absl::StatusOr<std::string> Reader::SignedCheckpoint() const {
  ASSIGN_OR_RETURN(const auto lease, pool_.Acquire(kConnectionWaitMax));
  ASSIGN_OR_RETURN(HeadRow head, ReadHeadRow(*lease));
  if (head.size == 0) return NotFound("LEDGER_EMPTY", "nothing has been logged yet");
  return head.checkpoint;
}

absl::StatusOr<uint64_t> Reader::Size() const {
  ASSIGN_OR_RETURN(const auto lease, pool_.Acquire(kConnectionWaitMax));
  ASSIGN_OR_RETURN(const HeadRow head, ReadHeadRow(*lease));
  return head.size;
}

absl::StatusOr<std::string> Reader::Tile(int level, uint64_t index, int width) const {
  if (level < 0 || level > kTileLevelMax) return InvalidField("level", "want 0..7");
  if (width < 1 || width > kTileWidth) return InvalidField("width", "want 1..256");
  if (index >> 48) return NotFound("NO_SUCH_TILE", "the log does not reach that far");
  ASSIGN_OR_RETURN(const auto lease, pool_.Acquire(kConnectionWaitMax));
  TileReader tiles(*lease);
  ASSIGN_OR_RETURN(std::string hashes, tiles.Hashes(level, index));
  const size_t wanted = static_cast<size_t>(width) * sizeof(Hash);
  if (hashes.size() < wanted) return NotFound("NO_SUCH_TILE", "the log does not reach that far");
  hashes.resize(wanted);
  return hashes;
}

absl::StatusOr<std::string> Reader::EntryBundle(uint64_t index, int width) const {
  if (width < 1 || width > kTileWidth) return InvalidField("width", "want 1..256");
  if (index >> 48) return NotFound("NO_SUCH_TILE", "the log does not reach that far");
  ASSIGN_OR_RETURN(const auto lease, pool_.Acquire(kConnectionWaitMax));
  constexpr pg::Statement kReadLeaves{
      "ledger_read_leaves",
      "SELECT index, kind, at, commitment FROM ledger_entry"
      " WHERE index >= $1 AND index < $1 + $2::integer ORDER BY index"};
  ASSIGN_OR_RETURN(
      const pg::Rows rows,
      lease->Query(kReadLeaves,
                   pg::Params().Int64(static_cast<int64_t>(index << kTileBits)).Int32(width)));
  if (rows.size() < static_cast<size_t>(width)) {
    return NotFound("NO_SUCH_TILE", "the log does not reach that far");
  }
  std::string bundle;
  for (const pg::Row row : rows) {
    const std::string leaf = LeafText(static_cast<uint64_t>(row.Int64(0)), row.Text(1), row.Time(2),
                                      HashFromBytes(row.Bytes(3)).value_or(Hash{}));
    bundle += static_cast<char>(leaf.size() >> 8);
    bundle += static_cast<char>(leaf.size() & 0xFF);
    bundle += leaf;
  }
  return bundle;
}

absl::StatusOr<std::vector<StoredEntry>> Reader::Entries(uint64_t from, uint32_t count) const {
  if (from >> 62) return std::vector<StoredEntry>();
  ASSIGN_OR_RETURN(const auto lease, pool_.Acquire(kConnectionWaitMax));
  return ReadEntries(*lease, from, std::min(count, kReadEntriesMax));
}

absl::StatusOr<uint64_t> Reader::Scan(uint64_t from,
                                      const std::function<absl::Status(const Seen&)>& each) const {
  static constexpr pg::Type kTypes[] = {pg::Type::kInt64, pg::Type::kTime, pg::Type::kBytes};
  ASSIGN_OR_RETURN(const auto lease, pool_.Acquire(kConnectionWaitMax));
  uint64_t next = from;
  const std::string sql = absl::StrCat(
      "COPY (SELECT index, at, payload FROM ledger_entry WHERE index >= ", from, " AND index < ",
      from + kScanEntriesMax, " ORDER BY index) TO STDOUT (FORMAT binary)");
  RETURN_IF_ERROR(lease->CopyOut(sql, kTypes, [&](const pg::Row& row) -> absl::Status {
    const Seen seen{static_cast<uint64_t>(row.Int64(0)), row.Time(1), row.OptionalBytes(2)};
    RETURN_IF_ERROR(each(seen));
    next = seen.index + 1;
    return absl::OkStatus();
  }));
  return next;
}

absl::StatusOr<StoredEntry> Reader::EntryAt(uint64_t index) const {
  ASSIGN_OR_RETURN(std::vector<StoredEntry> entries, Entries(index, 1));
  if (entries.empty()) return NotFound("NO_SUCH_ENTRY", "there is no such entry in the log");
  return std::move(entries[0]);
}

absl::StatusOr<Proof> Reader::Prove(uint64_t index) const {
  ASSIGN_OR_RETURN(const auto lease, pool_.Acquire(kConnectionWaitMax));
  ASSIGN_OR_RETURN(HeadRow head, ReadHeadRow(*lease));
  if (index >= head.size) return NotFound("NO_SUCH_ENTRY", "there is no such entry in the log");
  TileReader tiles(*lease);
  ASSIGN_OR_RETURN(std::vector<Hash> path,
                   BuildInclusion(index, head.size, [&](NodeId id) { return tiles.Node(id); }));
  return Proof{index, std::move(path), std::move(head.checkpoint)};
}

absl::StatusOr<std::vector<Hash>> Reader::InclusionProof(uint64_t index, uint64_t size) const {
  ASSIGN_OR_RETURN(const auto lease, pool_.Acquire(kConnectionWaitMax));
  TileReader tiles(*lease);
  return BuildInclusion(index, size, [&](NodeId id) { return tiles.Node(id); });
}

absl::StatusOr<std::vector<Hash>> Reader::ConsistencyProof(uint64_t old_size,
                                                           uint64_t new_size) const {
  ASSIGN_OR_RETURN(const auto lease, pool_.Acquire(kConnectionWaitMax));
  ASSIGN_OR_RETURN(const HeadRow head, ReadHeadRow(*lease));
  if (new_size > head.size) return NotFound("NO_SUCH_ENTRY", "the log is not that long");
  TileReader tiles(*lease);
  return BuildConsistency(old_size, new_size, [&](NodeId id) { return tiles.Node(id); });
}

absl::StatusOr<uint64_t> Reader::EraseEntries(const std::vector<uint64_t>& indexes,
                                              std::string_view reason) const {
  ASSIGN_OR_RETURN(const auto lease, pool_.Acquire(kConnectionWaitMax));
  ASSIGN_OR_RETURN(const pg::Rows rows, lease->Query(kErase, EraseParams(indexes, reason)));
  return static_cast<uint64_t>(rows.Only().Int64(0));
}

void EnqueueErase(pg::Tx& tx, const std::vector<uint64_t>& indexes, std::string_view reason) {
  tx.Enqueue(kErase, EraseParams(indexes, reason));
}

}  // namespace varsam::ledger
