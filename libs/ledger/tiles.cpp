#include "libs/ledger/tiles.h"

#include <vector>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::ledger {
namespace {

constexpr pg::Statement kLoadTile{"ledger_load_tile",
                                  "SELECT hashes FROM ledger_tile WHERE level = $1 AND index = $2"};
constexpr pg::Statement kGatherLeaves{
    "ledger_gather_leaves",
    "SELECT string_agg(leaf_hash, ''::bytea ORDER BY index) FROM ledger_entry"
    " WHERE index >= $1 AND index < $1 + 256"};
constexpr pg::Statement kGatherRoots{
    "ledger_gather_roots",
    "SELECT string_agg(root, ''::bytea ORDER BY index) FROM ledger_tile"
    " WHERE level = $1 AND index >= $2 AND index < $2 + 256"};

int64_t Signed(uint64_t number) { return static_cast<int64_t>(number); }

}  // namespace

absl::StatusOr<std::string> TileReader::Hashes(int level, uint64_t index) {
  const auto key = std::make_pair(level, index);
  if (const auto found = loaded_.find(key); found != loaded_.end()) return found->second;
  ASSIGN_OR_RETURN(std::string hashes, Load(level, index));
  loaded_.emplace(key, hashes);
  return hashes;
}

absl::StatusOr<std::string> TileReader::Load(int level, uint64_t index) {
  ASSIGN_OR_RETURN(const pg::Rows full,
                   connection_.Query(kLoadTile, pg::Params().Int32(level).Int64(Signed(index))));
  if (!full.empty()) return std::string(full[0].Bytes(0));
  const int64_t first = Signed(index << kTileBits);
  ASSIGN_OR_RETURN(
      const pg::Rows part,
      level == 0 ? connection_.Query(kGatherLeaves, pg::Params().Int64(first))
                 : connection_.Query(kGatherRoots, pg::Params().Int32(level - 1).Int64(first)));
  return std::string(part.Only().OptionalBytes(0).value_or(""));
}

absl::StatusOr<Hash> TileReader::Node(NodeId node) {
  const int level = node.level / kTileBits;
  const int above = node.level % kTileBits;  // levels inside the tile
  const uint64_t first = node.index << above;
  ASSIGN_OR_RETURN(const std::string hashes, Hashes(level, first >> kTileBits));
  const size_t begin = (first & 0xFF) * sizeof(Hash);
  const size_t length = (size_t{1} << above) * sizeof(Hash);
  if (begin + length > hashes.size()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "NO_SUCH_TILE",
                           "the log does not reach that far");
  }
  RightEdge edge;
  for (size_t at = begin; at < begin + length; at += sizeof(Hash)) {
    edge.Append(*HashFromBytes(std::string_view(hashes).substr(at, sizeof(Hash))));
  }
  return edge.Root();
}

}  // namespace varsam::ledger
