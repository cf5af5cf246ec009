// Tiles as they stand in PostgreSQL, and complete nodes put together from them. Internal to
// libs/ledger: one object reads for one call.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "libs/ledger/merkle.h"
#include "libs/pg/connection.h"

namespace varsam::ledger {

inline constexpr int kTileBits = 8;

class TileReader {
 public:
  explicit TileReader(pg::Connection& connection) : connection_(connection) {}

  // As many hashes of the tile as there are, up to 256; may be empty.
  absl::StatusOr<std::string> Hashes(int level, uint64_t index);
  // NOT_FOUND (NO_SUCH_TILE) when the log does not hold the node yet.
  absl::StatusOr<Hash> Node(NodeId node);

 private:
  absl::StatusOr<std::string> Load(int level, uint64_t index);
  pg::Connection& connection_;
  std::map<std::pair<int, uint64_t>, std::string> loaded_;
};

}  // namespace varsam::ledger
