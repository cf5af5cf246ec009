// The smallest service that has everything the journal must keep right: accounts whose balance may
// not go below zero, each movement a row and a ledger entry; and a cursor that moves without an
// entry.
#pragma once

#include <memory>
#include <string>

#include "libs/journal/journal.h"
#include "libs/ledger/ledger.h"
#include "tests/support/test_database.h"

namespace varsam {

struct Move {
  std::string account;
  int64_t amount;  // 13 violates a constraint of the table
};
struct MoveFacts {
  int64_t balance;
};
struct MoveOutcome {
  Uuid id;
  Move move;
  int64_t balance;
};

struct SetCursor {
  int64_t position;
};
struct SetCursorFacts {};
using SetCursorOutcome = SetCursor;

using MoveOperation = journal::Operation<Move, MoveFacts, MoveOutcome>;
using SetCursorOperation = journal::Operation<SetCursor, SetCursorFacts, SetCursorOutcome>;

// decide: FAILED_PRECONDITION OVERDRAWN; response: the balance after the movement, in digits.
const MoveOperation& MoveMoney();
const SetCursorOperation& MoveCursor();

// A database with the tables of ledger, journal and tally.
class TallyDatabase : public TestDatabase {
 public:
  TallyDatabase();

  int64_t Number(const pg::Statement& statement) const;
  int64_t movements() const;
  // Movements whose balance is not that of the one before plus the amount, and accounts whose
  // balance is not that of their last movement.
  int64_t wrong_balances() const;
  int64_t ledger_size() const;
  // "" when the whole log verifies, else what is damaged.
  std::string LedgerDamage() const;
  ledger::Ledger& ledger() { return ledger_; }

 private:
  ledger::Ledger ledger_;
};

}  // namespace varsam
