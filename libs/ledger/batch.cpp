#include "libs/ledger/batch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/random.h"
#include "libs/ledger/tiles.h"

namespace varsam::ledger {
namespace {

constexpr pg::Statement kLockHead{"ledger_lock_head",
                                  "SELECT size, edge, last_at FROM ledger_head FOR UPDATE"};
constexpr pg::Statement kInsertEntries{
    "ledger_insert_entries",
    "INSERT INTO ledger_entry (index, kind, at, commitment, leaf_hash, salt, payload)"
    " SELECT $1 + e.n - 1, e.kind, e.at, e.commitment, e.leaf_hash, e.salt, e.payload"
    "   FROM unnest($2::text[], $3::timestamptz[], $4::bytea[], $5::bytea[], $6::bytea[],"
    "               $7::bytea[])"
    "   WITH ORDINALITY AS e (kind, at, commitment, leaf_hash, salt, payload, n)"};
constexpr pg::Statement kStoreTiles{
    "ledger_store_tiles",
    "SELECT ledger_store_tile($1, t.index, t.root) FROM unnest($2::bigint[], $3::bytea[])"
    " AS t (index, root)"};
constexpr pg::Statement kInsertCheckpoint{
    "ledger_insert_checkpoint", "INSERT INTO ledger_checkpoint (size, note) VALUES ($1, $2)"};
constexpr pg::Statement kUpdateHead{
    "ledger_update_head",
    "UPDATE ledger_head SET size = $1, edge = $2, last_at = $3, checkpoint = $4"};

int64_t Signed(uint64_t number) { return static_cast<int64_t>(number); }

}  // namespace

pg::Tx::Ticket EnqueueLockHead(pg::Tx& tx) { return tx.Enqueue(kLockHead, {}); }

absl::StatusOr<Head> ReadHead(const pg::Rows& rows) {
  const absl::Status broken = ErrorWithReason(absl::StatusCode::kDataLoss, "LEDGER_HEAD_BROKEN",
                                              "the head of the ledger is missing or malformed");
  if (rows.size() != 1) return broken;
  const pg::Row row = rows[0];
  auto edge = RightEdge::Parse(static_cast<uint64_t>(row.Int64(0)), row.Bytes(1));
  if (!edge) return broken;
  return Head{*std::move(edge), row.Time(2)};
}

Batch::Batch(Head head, absl::Time now)
    : before_(std::move(head.edge)),
      edge_(before_),
      last_at_(head.last_at),
      now_(absl::FromUnixMicros(absl::ToUnixMicros(now))),
      first_(before_.size()) {}

uint64_t Batch::Add(Entry entry) {
  VARSAM_CHECK(IsValidKind(entry.kind)) << "ledger entry kind";
  VARSAM_CHECK(entry.payload.size() <= kPayloadBytesMax) << "ledger entry payload too large";
  VARSAM_CHECK(entries_.size() < kBatchEntriesMax) << "ledger batch too long";
  VARSAM_CHECK(checkpoint_.empty()) << "ledger batch was saved already";
  last_at_ = std::max(last_at_ + absl::Microseconds(1), now_);
  PlacedEntry placed;
  placed.index = first_ + entries_.size();
  placed.kind = std::move(entry.kind);
  placed.payload = std::move(entry.payload);
  placed.receipt = std::move(entry.receipt);
  placed.salt = RandomBytes(kSaltBytes);
  placed.at = last_at_;
  placed.commitment = Commitment(placed.salt, placed.payload);
  placed.leaf_hash = LeafHash(LeafText(placed.index, placed.kind, placed.at, placed.commitment));
  edge_.Append(placed.leaf_hash, [this](NodeId node, const Hash& root) {
    if (node.level % kTileBits != 0) return;
    const size_t tile_level = static_cast<size_t>(node.level / kTileBits - 1);
    if (full_tiles_.size() <= tile_level) full_tiles_.resize(tile_level + 1);
    full_tiles_[tile_level].push_back({node.index, root});
  });
  bytes_ += placed.kind.size() + placed.payload.size() + kSaltBytes + 2 * sizeof(Hash) + 16;
  entries_.push_back(std::move(placed));
  return entries_.back().index;
}

absl::Time Batch::At(uint64_t index) const {
  VARSAM_CHECK(index >= first_ && index - first_ < entries_.size()) << "not in this batch";
  return entries_[index - first_].at;
}

void Batch::EnqueueSave(pg::Tx& tx, const Signer& signer) {
  if (entries_.empty()) return;
  VARSAM_CHECK(checkpoint_.empty()) << "ledger batch was saved already";
  tx.Enqueue(kInsertEntries,
             pg::Params()
                 .Int64(Signed(first_))
                 .Texts(entries_, &PlacedEntry::kind)
                 .Times(entries_, &PlacedEntry::at)
                 .BytesList(entries_, [](auto& e) { return HashBytes(e.commitment); })
                 .BytesList(entries_, [](auto& e) { return HashBytes(e.leaf_hash); })
                 .BytesList(entries_, &PlacedEntry::salt)
                 .BytesList(entries_, &PlacedEntry::payload));
  for (size_t level = 0; level < full_tiles_.size(); ++level) {
    tx.Enqueue(kStoreTiles,
               pg::Params()
                   .Int32(static_cast<int32_t>(level))
                   .Int64s(full_tiles_[level], [](auto& t) { return Signed(t.index); })
                   .BytesList(full_tiles_[level], [](auto& t) { return HashBytes(t.root); }));
  }
  checkpoint_ = signer.SignCheckpoint(edge_.size(), edge_.Root());
  if (!full_tiles_.empty()) {
    tx.Enqueue(kInsertCheckpoint, pg::Params().Int64(Signed(edge_.size())).Text(checkpoint_));
  }
  tx.Enqueue(kUpdateHead, pg::Params()
                              .Int64(Signed(edge_.size()))
                              .Bytes(edge_.Serialize())
                              .Time(last_at_)
                              .Text(checkpoint_));
}

std::shared_ptr<const CommittedBatch> Batch::Committed() && {
  return std::shared_ptr<const CommittedBatch>(new CommittedBatch(
      std::move(before_), std::move(edge_), std::move(entries_), std::move(checkpoint_)));
}

CommittedBatch::CommittedBatch(RightEdge before, RightEdge after, std::vector<PlacedEntry> entries,
                               std::string checkpoint)
    : first_(before.size()),
      edge_before_(std::move(before)),
      edge_after_(std::move(after)),
      entries_(std::move(entries)),
      checkpoint_(std::move(checkpoint)) {}

const PlacedEntry& CommittedBatch::entry(uint64_t index) const {
  VARSAM_CHECK(index >= first_ && index - first_ < entries_.size()) << "not in this batch";
  return entries_[index - first_];
}

// Level by level over the part of the tree that this batch changed, from the first entry to the
// right edge. A level that would begin with a right child gets its left sibling from the old edge;
// a last node without a sibling rises as it is, which is how RFC 6962 cuts a tree that is not full.
void CommittedBatch::BuildLevels() const {
  Level level{.first = first_, .nodes = {}};
  level.nodes.reserve(entries_.size() + 1);
  for (const PlacedEntry& entry : entries_) level.nodes.push_back(entry.leaf_hash);
  auto edge = edge_before_.nodes().rbegin();  // the smallest subtree first
  while (true) {
    if (level.first & 1) {
      level.nodes.insert(level.nodes.begin(), *edge++);
      --level.first;
    }
    levels_.push_back(std::move(level));
    const Level& below = levels_.back();
    if (below.first == 0 && below.nodes.size() == 1) return;
    level = {.first = below.first / 2, .nodes = {}};
    level.nodes.reserve(below.nodes.size() / 2 + 1);
    for (size_t i = 0; i < below.nodes.size(); i += 2) {
      const bool alone = i + 1 == below.nodes.size();
      level.nodes.push_back(alone ? below.nodes[i] : NodeHash(below.nodes[i], below.nodes[i + 1]));
    }
  }
}

Proof CommittedBatch::Prove(uint64_t index) const {
  VARSAM_CHECK(index >= first_ && index - first_ < entries_.size()) << "not in this batch";
  std::call_once(built_, [this] { BuildLevels(); });
  Proof proof{index, {}, checkpoint_};
  proof.path.reserve(levels_.size());
  uint64_t at = index;
  for (const Level& level : levels_) {
    const uint64_t sibling = (at ^ 1) - level.first;
    if (sibling < level.nodes.size()) proof.path.push_back(level.nodes[sibling]);
    at >>= 1;
  }
  return proof;
}

}  // namespace varsam::ledger
