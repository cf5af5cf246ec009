#include "libs/pg/tx.h"

#include <optional>
#include <utility>

#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/pg/wire.h"

namespace varsam::pg {
namespace {

constexpr Statement kBegin{"varsam_begin", "BEGIN"};
constexpr Statement kBeginSnapshot{"varsam_begin_snapshot",
                                   "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
constexpr Statement kCommit{"varsam_commit", "COMMIT"};
constexpr Statement kRollback{"varsam_rollback", "ROLLBACK"};

}  // namespace

struct Tx::State {
  explicit State(Connection::Wire& wire) : wire(wire) {}

  void Send(const Statement& statement, const Params& params) {
    VARSAM_CHECK(!done) << statement.name << " after the end of its transaction";
    if (failure.ok()) wire.Send(statement, params);
    ++enqueued;
  }

  // Reads the answers to all that is queued; keeps them for Take.
  absl::Status Sync() {
    RETURN_IF_ERROR(failure);
    ++round_trips;
    Connection::Wire::Answer answer = wire.Sync();
    for (Rows& rows : answer.rows) answers.emplace_back(std::move(rows));
    failure = std::move(answer.status);
    return failure;
  }

  Connection::Wire& wire;
  absl::Status failure;
  bool done = false;
  int round_trips = 0;
  size_t enqueued = 0;                       // BEGIN included
  std::vector<std::optional<Rows>> answers;  // by the order of enqueuing
};

Tx::Tx(Connection& connection, TxKind kind) : state_(std::make_unique<State>(*connection.wire_)) {
  VARSAM_CHECK(connection.wire_->sent() == 0) << "the connection has a transaction already";
  state_->Send(kind == TxKind::kSnapshot ? kBeginSnapshot : kBegin, {});
}

Tx::~Tx() { Rollback(); }

Tx::Ticket Tx::Enqueue(const Statement& statement, const Params& params) {
  state_->Send(statement, params);
  return {state_->enqueued - 1};
}

Rows Tx::Take(Ticket ticket) {
  VARSAM_CHECK(ticket.index < state_->answers.size()) << "answer taken before its round trip";
  std::optional<Rows>& slot = state_->answers[ticket.index];
  VARSAM_CHECK(slot.has_value()) << "answer taken twice";
  Rows rows = *std::move(slot);
  slot.reset();
  return rows;
}

absl::StatusOr<Rows> Tx::Query(const Statement& statement, const Params& params) {
  const Ticket ticket = Enqueue(statement, params);
  RETURN_IF_ERROR(state_->Sync());
  return Take(ticket);
}

absl::StatusOr<std::vector<Rows>> Tx::QueryAll(std::span<const Request> requests) {
  std::vector<Ticket> tickets;
  for (const Request& request : requests) {
    tickets.push_back(Enqueue(request.statement, request.params));
  }
  RETURN_IF_ERROR(Flush());
  std::vector<Rows> rows;
  for (Ticket ticket : tickets) rows.push_back(Take(ticket));
  return rows;
}

absl::Status Tx::Flush() {
  if (state_->failure.ok() && state_->wire.sent() == 0) return absl::OkStatus();
  return state_->Sync();
}

absl::Status Tx::Commit() {
  RETURN_IF_ERROR(state_->failure);
  const bool lost_before = state_->wire.broken();
  state_->Send(kCommit, {});
  state_->done = true;
  ++state_->round_trips;
  const size_t sent = state_->wire.sent();
  Connection::Wire::Answer answer = state_->wire.Sync();
  // COMMIT itself was answered, whatever befell the connection after it.
  if (answer.rows.size() == sent) return absl::OkStatus();
  state_->failure = answer.status;
  // A refused statement before COMMIT, or a COMMIT refused by a living server, decides it. So does
  // a connection known to be gone before COMMIT was handed over.
  const bool commit_reached = answer.rows.size() + 1 == sent;
  if (lost_before || (answer.refused && (!commit_reached || !answer.fatal))) {
    if (!state_->wire.broken()) {
      // COMMIT was skipped with the rest of the pipeline: the transaction is still to be ended.
      state_->wire.Send(kRollback, {});
      (void)state_->wire.Sync();
    }
    return answer.status;
  }
  return ErrorWithReason(absl::StatusCode::kUnknown, kCommitInDoubt,
                         "the database connection was lost during COMMIT");
}

void Tx::Rollback() {
  if (state_->done) return;
  state_->done = true;
  if (state_->wire.broken()) return (void)state_->wire.Sync();
  state_->wire.Send(kRollback, {});
  Connection::Wire::Answer answer = state_->wire.Sync();
  // When something queued failed in this very round trip, ROLLBACK was skipped with it.
  if (!answer.status.ok() && !state_->wire.broken()) {
    state_->wire.Send(kRollback, {});
    (void)state_->wire.Sync();
  }
}

int Tx::round_trips() const { return state_->round_trips; }

}  // namespace varsam::pg
