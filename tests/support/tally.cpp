#include "tests/support/tally.h"

#include <map>
#include <utility>

#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/ledger/migrations.h"
#include "libs/ledger/verify.h"
#include "libs/pg/pool.h"

namespace varsam {
namespace {

constexpr pg::Migration kTables{1, "0001_tally", R"sql(
CREATE TABLE account (name text PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE movement (
  n       bigint GENERATED ALWAYS AS IDENTITY,
  id      uuid PRIMARY KEY,
  account text NOT NULL,
  amount  bigint NOT NULL CONSTRAINT unlucky CHECK (amount <> 13),
  balance bigint NOT NULL,
  entry   bigint NOT NULL UNIQUE
);
CREATE TABLE position (at bigint NOT NULL);
INSERT INTO position (at) VALUES (0);
)sql"};
const pg::MigrationSet kTally{"tally", std::span(&kTables, 1)};

constexpr pg::Statement kLoad{"tally_load",
                              "SELECT name, balance FROM account WHERE name = ANY($1)"};
constexpr pg::Statement kSaveMovements{
    "tally_save_movements",
    "INSERT INTO movement (id, account, amount, balance, entry) "
    "SELECT i, a, m, b, e FROM unnest($1, $2, $3, $4, $5) AS t(i, a, m, b, e)"};
constexpr pg::Statement kSaveAccounts{
    "tally_save_accounts",
    "INSERT INTO account (name, balance) SELECT a, b FROM unnest($1, $2) AS t(a, b) "
    "ON CONFLICT (name) DO UPDATE SET balance = EXCLUDED.balance"};
constexpr pg::Statement kSaveCursor{"tally_save_cursor", "UPDATE position SET at = $1"};
constexpr pg::Statement kReadCursor{"tally_read_cursor", "SELECT at FROM position"};
constexpr pg::Statement kMovements{"tally_movements", "SELECT count(*) FROM movement"};
constexpr pg::Statement kLedgerSize{"tally_ledger", "SELECT size FROM ledger_head"};
constexpr pg::Statement kWrong{
    "tally_wrong",
    "SELECT (SELECT count(*) FROM (SELECT balance - amount - coalesce(lag(balance) OVER (PARTITION "
    "BY "
    "account ORDER BY entry), 0) AS gap FROM movement) AS g WHERE gap <> 0) + "
    "(SELECT count(*) FROM account JOIN (SELECT DISTINCT ON (account) account, balance FROM "
    "movement ORDER BY account, entry DESC) AS last ON last.account = account.name "
    "WHERE account.balance <> last.balance)"};

absl::StatusOr<std::vector<MoveFacts>> Load(pg::Tx& tx, std::span<const Move* const> asks) {
  std::map<std::string, int64_t, std::less<>> balances;
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kLoad, pg::Params().Texts(asks, &Move::account)));
  for (pg::Row row : rows) balances.emplace(row.Text(0), row.Int64(1));
  std::vector<MoveFacts> facts;
  for (const Move* ask : asks) facts.push_back({balances[ask->account]});
  return facts;
}

absl::StatusOr<MoveOutcome> Decide(const Move& ask, const MoveFacts& facts,
                                   const journal::Frozen& frozen) {
  const int64_t balance = facts.balance + ask.amount;
  if (balance < 0) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "OVERDRAWN", "below zero");
  }
  return MoveOutcome{frozen.id, ask, balance};
}

absl::Status Save(pg::Tx& tx, std::span<const MoveOutcome* const> outcomes,
                  std::span<const journal::Position> positions) {
  const auto account = [](const MoveOutcome* o) { return std::string_view(o->move.account); };
  tx.Enqueue(kSaveMovements,
             pg::Params()
                 .Uuids(outcomes, &MoveOutcome::id)
                 .Texts(outcomes, account)
                 .Int64s(outcomes, [](const MoveOutcome* o) { return o->move.amount; })
                 .Int64s(outcomes, &MoveOutcome::balance)
                 .Int64s(positions, [](const journal::Position& p) {
                   return static_cast<int64_t>(p.first_index);
                 }));
  tx.Enqueue(kSaveAccounts,
             pg::Params().Texts(outcomes, account).Int64s(outcomes, &MoveOutcome::balance));
  return absl::OkStatus();
}

}  // namespace

const MoveOperation& MoveMoney() {
  static const MoveOperation kOperation{
      .name = "MoveMoney",
      .load = Load,
      .decide = Decide,
      .entries =
          [](const MoveOutcome& o) {
            return std::vector<ledger::Entry>{
                {"money_moved", o.move.account + " " + std::to_string(o.move.amount)}};
          },
      .save = Save,
      .render = [](const MoveOutcome& o,
                   const journal::Position&) { return std::to_string(o.balance); }};
  return kOperation;
}

const SetCursorOperation& MoveCursor() {
  static const SetCursorOperation kOperation{
      .name = "MoveCursor",
      .load = [](pg::Tx& tx, std::span<const SetCursor* const> asks)
          -> absl::StatusOr<std::vector<SetCursorFacts>> {
        RETURN_IF_ERROR(tx.Query(kReadCursor, {}).status());
        return std::vector<SetCursorFacts>(asks.size());
      },
      .decide = [](const SetCursor& ask, const SetCursorFacts&,
                   const journal::Frozen&) -> absl::StatusOr<SetCursorOutcome> { return ask; },
      .entries = nullptr,
      .save =
          [](pg::Tx& tx, std::span<const SetCursorOutcome* const> outcomes,
             std::span<const journal::Position>) {
            tx.Enqueue(kSaveCursor, pg::Params().Int64(outcomes.back()->position));
            return absl::OkStatus();
          },
      .render = nullptr};
  return kOperation;
}

TallyDatabase::TallyDatabase() : ledger_("varsam/tally", std::string(32, 's')) {
  auto connection = Open();
  const pg::MigrationSet sets[] = {ledger::Migrations(), journal::Migrations(), kTally};
  absl::Status migrated = pg::Migrate(*connection, sets);
  VARSAM_CHECK(migrated.ok()) << migrated.ToString();
}

int64_t TallyDatabase::Number(const pg::Statement& statement) const {
  auto rows = Open()->Query(statement, {});
  VARSAM_CHECK(rows.ok()) << rows.status().ToString();
  return rows->Only().Int64(0);
}

int64_t TallyDatabase::movements() const { return Number(kMovements); }
int64_t TallyDatabase::wrong_balances() const { return Number(kWrong); }
int64_t TallyDatabase::ledger_size() const { return Number(kLedgerSize); }

std::string TallyDatabase::LedgerDamage() const {
  pg::Pool pool({.connect = options()});
  auto report = ledger::Verify(pool, {.vkey = ledger_.signer().vkey()});
  VARSAM_CHECK(report.ok()) << report.status().ToString();
  return report->ok() ? "" : ledger::DamageName(report->damage) + " " + report->detail;
}

}  // namespace varsam
