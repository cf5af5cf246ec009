// One try to carry out a batch in one transaction. For libs/journal only.
//
// Round trips: one per kind of operation (the first with the head lock and the look-up of request
// ids) and one for all saves with COMMIT.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/journal/item.h"
#include "libs/ledger/ledger.h"
#include "libs/pg/tx.h"

namespace varsam::journal {

// Was the batch that wrote this request id committed? Takes the head lock first, so the connection
// that may still be committing has come to its end.
absl::StatusOr<bool> WasCommitted(pg::Connection& connection, const Uuid& request_id);

class Attempt {
 public:
  Attempt(pg::Connection& connection, const ledger::Signer& signer, const Clock& clock,
          std::span<const std::unique_ptr<Item>> items);

  // OK: the batch is committed, or nothing was to be written; each item tells its own end (replay,
  // refused, deferred, position, response). Any other status is that of the transaction
  // (pg/error.h) and says nothing about a single ask.
  absl::Status Run();

  // What the commit has made, or may have made when it is in doubt.
  struct Written {
    bool any = false;  // false: nothing was to be written
    Uuid witness;      // a request id in it, by which a commit in doubt can be told
    std::shared_ptr<const ledger::CommittedBatch> batch;  // null when no entry was appended
  };
  // Once, after Run.
  Written TakeWritten() &&;
  int round_trips() const { return tx_.round_trips(); }

 private:
  struct Group {
    const void* operation;
    std::vector<Item*> items;
  };

  std::vector<Group> GroupByOperation() const;
  absl::Status LoadAll();
  absl::Status Load(const Group& group);
  // Once after the first round trip: the ledger's head, and who has been here before.
  absl::Status ReadFirstAnswers();
  void Recognise(const pg::Rows& rows);
  void DecideAll();
  absl::Status DecideOne(Item& item);
  absl::Status SaveAll();
  void SaveRequests();

  pg::Tx tx_;
  const ledger::Signer& signer_;
  const Clock& clock_;
  std::span<const std::unique_ptr<Item>> items_;
  std::vector<Group> groups_;
  pg::Tx::Ticket head_{};
  pg::Tx::Ticket known_{};
  std::optional<ledger::Batch> batch_;
  absl::Time now_;
  Written written_;
};

}  // namespace varsam::journal
