#include "libs/ledger/verify.h"

#include <algorithm>
#include <array>
#include <bit>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/ledger/tiles.h"
#include "libs/ledger/walk.h"

namespace varsam::ledger {
namespace {

constexpr absl::Duration kConnectionWaitMax = absl::Seconds(5);
constexpr uint64_t kRowsPerCopy = 8192;  // one COPY stays far below the statement time-out
constexpr int64_t kKnownRootsMax = 65536;

constexpr pg::Statement kReadState{
    "ledger_verify_state",
    "SELECT h.size, h.edge, h.last_at, h.checkpoint,"
    " (SELECT min(index) FROM ledger_entry WHERE index >= h.size OR index < 0),"
    " (SELECT max(size) FROM ledger_checkpoint),"
    " (SELECT min(index) FROM ledger_tile WHERE level = 0 AND index >= h.size / 256)"
    " FROM ledger_head h"};
constexpr pg::Statement kReadNotes{
    "ledger_verify_notes",
    "SELECT note FROM ledger_checkpoint WHERE size >= $1 AND size <= $2 ORDER BY size LIMIT $3"};

struct State {
  RightEdge edge;
  uint64_t size = 0;
  absl::Time last_at;
  std::string note;
  Hash root = {};
  Damage head;     // the head does not fit itself
  Damage outside;  // something stands behind the end
};

void Mark(Damage& damage, DamageKind kind, uint64_t index, uint64_t end, std::string detail) {
  if (!damage.found()) damage = {kind, index, end, std::move(detail)};
}

void CheckBehindEnd(const pg::Row& row, State& state) {
  if (const auto first = row.OptionalInt64(4)) {
    const uint64_t index = static_cast<uint64_t>(*first);
    Mark(state.outside, DamageKind::kUnexpectedEntry, index, index + 1,
         "a row stands outside the log");
  }
  const uint64_t noted = static_cast<uint64_t>(row.OptionalInt64(5).value_or(0));
  if (noted > state.size) {
    Mark(state.outside, DamageKind::kTruncated, state.size, noted,
         absl::StrCat("a checkpoint of size ", noted, " was signed"));
  }
  if (const auto tile = row.OptionalInt64(6)) {
    const uint64_t end = (static_cast<uint64_t>(*tile) + 1) << kTileBits;
    Mark(state.outside, DamageKind::kTruncated, state.size, end, "a tile stands behind the end");
  }
}

void CheckHead(const NoteVerifier& verifier, std::string_view edge_bytes, State& state) {
  const auto bad = [&](std::string detail) {
    Mark(state.head, DamageKind::kHeadChanged, state.size, state.size + 1, std::move(detail));
  };
  if (auto edge = RightEdge::Parse(state.size, edge_bytes)) {
    state.edge = *std::move(edge);
  } else {
    bad("the right edge does not fit the size");
  }
  if (state.size == 0) {
    state.root = EmptyRoot();
    if (!state.note.empty()) bad("an empty log has a checkpoint");
    return;
  }
  const auto checkpoint = verifier.Open(state.note);
  if (!checkpoint.ok()) {
    bad("the checkpoint of the head is not signed by the log's key");
  } else if (checkpoint->size != state.size) {
    bad("the checkpoint of the head is of another size");
  } else {
    state.root = checkpoint->root;
  }
}

absl::StatusOr<State> ReadState(pg::Connection& connection, const NoteVerifier& verifier) {
  ASSIGN_OR_RETURN(const pg::Rows rows, connection.Query(kReadState, {}));
  State state;
  if (rows.size() != 1 || rows[0].Int64(0) < 0) {
    Mark(state.head, DamageKind::kHeadChanged, 0, 1, "the row of the head is gone");
    return state;
  }
  state.size = static_cast<uint64_t>(rows[0].Int64(0));
  state.last_at = rows[0].Time(2);
  state.note = rows[0].Text(3);
  CheckHead(verifier, rows[0].Bytes(1), state);
  CheckBehindEnd(rows[0], state);
  return state;
}

// Two lanes read and check alternate stretches of rows at the same time; the walk takes them in
// order.
struct Lanes {
  pg::Connection& even;
  pg::Connection& odd;
  pg::Connection& of(uint64_t stretch) const { return stretch % 2 == 0 ? even : odd; }
};

using Stretch = absl::StatusOr<std::vector<CheckedRow>>;

Stretch ReadStretch(pg::Connection& connection, uint64_t begin, uint64_t end) {
  static constexpr std::array kTypes = {pg::Type::kInt64, pg::Type::kText,  pg::Type::kTime,
                                        pg::Type::kBytes, pg::Type::kBytes, pg::Type::kBytes,
                                        pg::Type::kBytes};
  const std::string sql = absl::StrCat(
      "COPY (SELECT index, kind, at, commitment, leaf_hash, salt, payload FROM ledger_entry"
      " WHERE index >= ",
      begin, " AND index < ", end, " ORDER BY index) TO STDOUT (FORMAT binary)");
  std::vector<CheckedRow> rows;
  rows.reserve(end - begin);
  std::string scratch;
  RETURN_IF_ERROR(connection.CopyOut(sql, kTypes, [&](const pg::Row& row) {
    rows.push_back(CheckRow(row, scratch));
    return absl::OkStatus();
  }));
  return rows;
}

absl::Status WalkRows(const Lanes& lanes, uint64_t size, Walk& walk) {
  const uint64_t stretches = (size + kRowsPerCopy - 1) / kRowsPerCopy;
  std::array<std::future<Stretch>, 2> reading;
  const auto start = [&](uint64_t stretch) {
    if (stretch >= stretches) return;
    const uint64_t begin = stretch * kRowsPerCopy;
    reading[stretch % 2] = std::async(std::launch::async, [&lanes, stretch, begin, size] {
      return ReadStretch(lanes.of(stretch), begin, std::min(size, begin + kRowsPerCopy));
    });
  };
  start(0);
  start(1);
  for (uint64_t stretch = 0; stretch < stretches; ++stretch) {
    ASSIGN_OR_RETURN(const std::vector<CheckedRow> rows, reading[stretch % 2].get());
    start(stretch + 2);
    for (const CheckedRow& row : rows) RETURN_IF_ERROR(walk.Take(row));
    const uint64_t end = std::min(size, (stretch + 1) * kRowsPerCopy);
    if (walk.row_damage().found() || walk.next() < end) break;
  }
  return absl::OkStatus();
}

// The part of the log under the first node of the right edge that differs.
Damage EdgeDamage(const RightEdge& ours, const RightEdge& stored) {
  uint64_t begin = 0;
  for (size_t i = 0; i < ours.nodes().size() && i < stored.nodes().size(); ++i) {
    const uint64_t width = std::bit_floor(ours.size() - begin);
    if (ours.nodes()[i] != stored.nodes()[i]) {
      return {DamageKind::kHistoryRewritten, begin, begin + width,
              "entries differ from the right edge of the head"};
    }
    begin += width;
  }
  return {};
}

// Signed checkpoints stored along the way, in [from, to].
absl::StatusOr<std::vector<KnownRoot>> StoredRoots(pg::Connection& connection,
                                                   const NoteVerifier& verifier, uint64_t from,
                                                   uint64_t to) {
  ASSIGN_OR_RETURN(const pg::Rows rows,
                   connection.Query(kReadNotes, pg::Params()
                                                    .Int64(static_cast<int64_t>(from))
                                                    .Int64(static_cast<int64_t>(to))
                                                    .Int64(kKnownRootsMax)));
  std::vector<KnownRoot> known;
  for (const pg::Row row : rows) {
    const auto checkpoint = verifier.Open(row.Text(0));
    if (checkpoint.ok()) known.push_back({checkpoint->size, checkpoint->root});
  }
  return known;
}

absl::StatusOr<std::vector<KnownRoot>> TrustedRoots(const NoteVerifier& verifier,
                                                    const std::vector<std::string>& notes) {
  std::vector<KnownRoot> known;
  for (const std::string& note : notes) {
    ASSIGN_OR_RETURN(const Checkpoint checkpoint, verifier.Open(note));
    known.push_back({checkpoint.size, checkpoint.root});
  }
  std::sort(known.begin(), known.end(),
            [](const KnownRoot& a, const KnownRoot& b) { return a.size < b.size; });
  return known;
}

// Rows fit themselves but not what was signed: where does it start? Cheapest evidence first.
absl::StatusOr<Damage> LocateRewrite(const Lanes& lanes, pg::Connection& side,
                                     const NoteVerifier& verifier, const State& state,
                                     const Walk& walk) {
  if (walk.tile_damage().found()) {
    Damage damage = walk.tile_damage();
    damage.kind = DamageKind::kHistoryRewritten;
    return damage;
  }
  Damage best = {DamageKind::kHistoryRewritten, 0, state.size,
                 "entries differ from the signed checkpoint"};
  if (const Damage edge = EdgeDamage(walk.edge(), state.edge); edge.found()) best = edge;
  if (walk.fork().found() && walk.fork().index > best.index) best = walk.fork();
  if (best.index_end - best.index <= 1) return best;
  ASSIGN_OR_RETURN(std::vector<KnownRoot> known,
                   StoredRoots(side, verifier, best.index, best.index_end));
  if (!state.head.found() && (known.empty() || known.back().size < state.size)) {
    known.push_back({state.size, state.root});
  }
  Walk again(side, std::move(known));
  RETURN_IF_ERROR(WalkRows(lanes, state.size, again));
  const Damage& fork = again.fork();
  if (fork.found() && fork.index_end <= best.index_end) {
    best.index = std::max(best.index, fork.index);
    best.index_end = fork.index_end;
    best.detail = fork.detail;
  }
  return best;
}

absl::StatusOr<Damage> FirstDamage(const Lanes& lanes, pg::Connection& side,
                                   const NoteVerifier& verifier, const State& state, Walk& walk) {
  if (!walk.row_damage().found() && walk.next() < state.size) {
    return Damage{DamageKind::kTruncated, walk.next(), state.size, "the rows end too early"};
  }
  if (walk.row_damage().found()) {
    RETURN_IF_ERROR(walk.CheckOpenTile());
    if (walk.tile_damage().found() && walk.tile_damage().index < walk.row_damage().index) {
      return walk.tile_damage();
    }
    return walk.row_damage();
  }
  if (walk.fork().found() || (!state.head.found() && walk.edge().Root() != state.root)) {
    return LocateRewrite(lanes, side, verifier, state, walk);
  }
  if (state.outside.found()) return state.outside;
  if (walk.tile_damage().found()) return walk.tile_damage();
  if (state.head.found()) return state.head;
  if (state.edge.nodes() != walk.edge().nodes() ||
      (state.size > 0 && state.last_at != walk.last_at())) {
    return Damage{DamageKind::kHeadChanged, state.size, state.size + 1,
                  "the right edge or time of the head differs from the entries"};
  }
  return Damage{};
}

}  // namespace

absl::StatusOr<VerifyReport> Verify(pg::Pool& pool, const VerifyOptions& options) {
  ASSIGN_OR_RETURN(const NoteVerifier verifier, NoteVerifier::Parse(options.vkey));
  ASSIGN_OR_RETURN(std::vector<KnownRoot> trusted, TrustedRoots(verifier, options.trusted_notes));
  ASSIGN_OR_RETURN(auto even, pool.Acquire(kConnectionWaitMax));
  ASSIGN_OR_RETURN(auto odd, pool.Acquire(kConnectionWaitMax));
  ASSIGN_OR_RETURN(auto side, pool.Acquire(kConnectionWaitMax));
  ASSIGN_OR_RETURN(State state, ReadState(*side, verifier));
  const Lanes lanes{*even, *odd};
  if (!trusted.empty() && trusted.back().size > state.size) {
    Mark(state.outside, DamageKind::kTruncated, state.size, trusted.back().size,
         absl::StrCat("a trusted checkpoint is of size ", trusted.back().size));
  }
  Walk walk(*side, std::move(trusted));
  RETURN_IF_ERROR(WalkRows(lanes, state.size, walk));
  ASSIGN_OR_RETURN(Damage damage, FirstDamage(lanes, *side, verifier, state, walk));
  VerifyReport report;
  report.entries = walk.next();
  report.erased = walk.erased();
  report.bytes = walk.bytes();
  report.damage = damage.kind;
  report.index = damage.index;
  report.index_end = damage.index_end;
  report.detail = std::move(damage.detail);
  return report;
}

std::string DamageName(DamageKind kind) {
  switch (kind) {
    case DamageKind::kNone:
      return "";
    case DamageKind::kMissingEntry:
      return "MISSING_ENTRY";
    case DamageKind::kUnexpectedEntry:
      return "UNEXPECTED_ENTRY";
    case DamageKind::kTruncated:
      return "TRUNCATED";
    case DamageKind::kPayloadChanged:
      return "PAYLOAD_CHANGED";
    case DamageKind::kLeafChanged:
      return "LEAF_CHANGED";
    case DamageKind::kTimeWentBack:
      return "TIME_WENT_BACK";
    case DamageKind::kTileChanged:
      return "TILE_CHANGED";
    case DamageKind::kHeadChanged:
      return "HEAD_CHANGED";
    case DamageKind::kHistoryRewritten:
      return "HISTORY_REWRITTEN";
    case DamageKind::kErasedUnrecorded:
      return "ERASED_UNRECORDED";
  }
  return "";
}

}  // namespace varsam::ledger
