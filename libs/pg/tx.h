// A transaction on libpq's pipeline: what is enqueued costs no round trip until an answer is
// needed.
//
//   pg::Tx tx(*connection);                       // BEGIN, queued
//   tx.Enqueue(kLockHead, {});                    // queued
//   ASSIGN_OR_RETURN(auto rows, tx.Query(kLoad, params));   // one round trip for all three
//   tx.Enqueue(kSave, saved);
//   RETURN_IF_ERROR(tx.Commit());                 // save and COMMIT, one round trip
//
// After the first error everything else in the transaction fails with it. Without Commit() it is
// rolled back at the end of its life. Same thread as its connection.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/pg/connection.h"

namespace varsam::pg {

enum class TxKind {
  kReadWrite,  // READ COMMITTED: each statement sees what is committed when it starts
  kSnapshot,   // REPEATABLE READ READ ONLY: one view for several queries
};

class Tx {
 public:
  // The answer of an enqueued statement, to be taken after the next round trip.
  struct Ticket {
    size_t index;
  };
  struct Request {
    const Statement& statement;
    Params params;
  };

  explicit Tx(Connection& connection, TxKind kind = TxKind::kReadWrite);
  ~Tx();
  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;

  // Queues a statement. Its failure surfaces from the next Query, QueryAll, Flush or Commit.
  Ticket Enqueue(const Statement& statement, const Params& params);
  // The rows of an enqueued statement; CHECK that a round trip has happened and that it is taken
  // once.
  Rows Take(Ticket ticket);

  // Sends what is queued and this statement; one round trip.
  absl::StatusOr<Rows> Query(const Statement& statement, const Params& params);
  // The same for several statements, still one round trip; answers in their order.
  absl::StatusOr<std::vector<Rows>> QueryAll(std::span<const Request> requests);
  // Sends what is queued and waits; no round trip when nothing is queued.
  absl::Status Flush();

  // Sends what is queued and COMMIT; one round trip. OK: durable. UNKNOWN with reason
  // COMMIT_IN_DOUBT: the connection was lost when COMMIT may have been carried out. Any other
  // error: certainly not committed.
  absl::Status Commit();
  // Gives up; harmless after an error or Commit.
  void Rollback();

  // Round trips made so far.
  int round_trips() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace varsam::pg
