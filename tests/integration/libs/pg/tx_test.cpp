#include "libs/pg/tx.h"

#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "tests/support/gate.h"
#include "tests/support/test_database.h"

namespace varsam::pg {
namespace {

constexpr Statement kInsert{"insert_item", "INSERT INTO item (id, name) VALUES ($1, $2)"};
constexpr Statement kCount{"count_items", "SELECT count(*) FROM item"};
constexpr Statement kSelectOne{"select_one", "SELECT 1::bigint"};
constexpr Statement kBroken{"broken_sql", "SELECT nothing FROM nowhere"};
constexpr Statement kDivide{"divide", "SELECT 1 / $1"};
constexpr Statement kTerminate{"terminate_self", "SELECT pg_terminate_backend(pg_backend_pid())"};

std::unique_ptr<Connection> OpenWithItems(const TestDatabase& database) {
  auto connection = database.Open();
  REQUIRE(connection
              ->Execute("CREATE TABLE item (id bigint CONSTRAINT item_key PRIMARY KEY "
                        "DEFERRABLE INITIALLY IMMEDIATE, name text NOT NULL CHECK (name <> 'bad'))")
              .ok());
  return connection;
}

int64_t Count(Connection& connection) { return connection.Query(kCount, {})->Only().Int64(0); }

Params Item(int64_t id, std::string_view name = "n") { return Params().Int64(id).Text(name); }

TEST_CASE("a transaction costs one round trip per answer needed and one to commit") {
  TestDatabase database;
  auto connection = OpenWithItems(database);
  Tx tx(*connection);
  tx.Enqueue(kInsert, Item(1));
  const Tx::Ticket one = tx.Enqueue(kSelectOne, {});
  CHECK(tx.round_trips() == 0);
  auto rows = tx.Query(kCount, {});
  REQUIRE(rows.ok());
  CHECK(rows->Only().Int64(0) == 1);
  CHECK(tx.Take(one).Only().Int64(0) == 1);
  CHECK(tx.round_trips() == 1);
  tx.Enqueue(kInsert, Item(2));
  tx.Enqueue(kInsert, Item(3));
  REQUIRE(tx.Commit().ok());
  CHECK(tx.round_trips() == 2);
  CHECK(Count(*connection) == 3);
}

TEST_CASE("several queries are answered in one round trip, in their order") {
  TestDatabase database;
  auto connection = OpenWithItems(database);
  Tx tx(*connection, TxKind::kSnapshot);
  std::vector<Tx::Request> requests;
  requests.push_back({kCount, {}});
  requests.push_back({kSelectOne, {}});
  auto answers = tx.QueryAll(requests);
  REQUIRE(answers.ok());
  REQUIRE(answers->size() == 2);
  CHECK((*answers)[0].Only().Int64(0) == 0);
  CHECK((*answers)[1].Only().Int64(0) == 1);
  CHECK(tx.round_trips() == 1);
}

TEST_CASE("what is not committed is rolled back, even if it was only enqueued") {
  TestDatabase database;
  auto connection = OpenWithItems(database);
  { Tx tx(*connection); }
  {
    Tx tx(*connection);
    tx.Enqueue(kInsert, Item(1));
  }
  {
    Tx tx(*connection);
    tx.Enqueue(kInsert, Item(1));
    REQUIRE(tx.Flush().ok());
  }
  {
    Tx tx(*connection);
    tx.Enqueue(kInsert, Item(1, "bad"));
  }
  CHECK(Count(*connection) == 0);
}

TEST_CASE("the failure of an enqueued statement surfaces once and undoes everything") {
  TestDatabase database;
  auto connection = OpenWithItems(database);
  {
    Tx tx(*connection);
    tx.Enqueue(kInsert, Item(1));
    tx.Enqueue(kInsert, Item(1));
    absl::Status status = tx.Commit();
    CHECK(status.code() == absl::StatusCode::kAlreadyExists);
    CHECK(ReasonOf(status) == "UNIQUE_VIOLATION");
    CHECK(SqlStateOf(status) == "23505");
    CHECK(ConstraintOf(status) == "item_key");
  }
  {
    Tx tx(*connection);
    tx.Enqueue(kInsert, Item(2, "bad"));
    CHECK(ReasonOf(tx.Query(kCount, {}).status()) == "CHECK_VIOLATION");
    CHECK(ReasonOf(tx.Query(kCount, {}).status()) == "CHECK_VIOLATION");
    CHECK(ReasonOf(tx.Commit()) == "CHECK_VIOLATION");
  }
  CHECK(Count(*connection) == 0);
  CHECK_FALSE(connection->broken());
}

TEST_CASE("a constraint checked at COMMIT is a definite failure") {
  TestDatabase database;
  auto connection = OpenWithItems(database);
  constexpr Statement kDefer{"defer", "SET CONSTRAINTS item_key DEFERRED"};
  Tx tx(*connection);
  tx.Enqueue(kDefer, {});
  tx.Enqueue(kInsert, Item(1));
  tx.Enqueue(kInsert, Item(1));
  CHECK(ReasonOf(tx.Commit()) == "UNIQUE_VIOLATION");
  CHECK(Count(*connection) == 0);
}

TEST_CASE("a statement that cannot be prepared fails alone and may be repaired") {
  TestDatabase database;
  auto connection = OpenWithItems(database);
  CHECK(connection->Query(kBroken, {}).status().code() == absl::StatusCode::kInternal);
  REQUIRE(connection->Execute("CREATE TABLE nowhere (nothing bigint)").ok());
  CHECK(connection->Query(kBroken, {}).ok());
  CHECK(ReasonOf(connection->Query(kDivide, Params().Int32(0)).status()) == "DATA_REJECTED");
  CHECK(connection->Query(kDivide, Params().Int32(1)).ok());
}

TEST_CASE("the status never repeats what the database said about the data") {
  TestDatabase database;
  auto connection = OpenWithItems(database);
  REQUIRE(connection->Execute("CREATE UNIQUE INDEX item_name ON item (name)").ok());
  REQUIRE(connection->Query(kInsert, Item(1, "kajsa@example.org")).ok());
  absl::Status status = connection->Query(kInsert, Item(2, "kajsa@example.org")).status();
  CHECK(ConstraintOf(status) == "item_name");
  CHECK(status.ToString().find("kajsa") == std::string::npos);
  CHECK(connection->last_error().driver_text.find("kajsa") != std::string::npos);
}

TEST_CASE("a slow statement ends by its time-out and the connection lives on") {
  TestDatabase database;
  ConnectOptions options = database.options();
  options.statement_timeout = absl::Milliseconds(50);
  auto connection = *Connection::Open(options);
  constexpr Statement kSleep{"sleep", "SELECT 1 FROM pg_sleep(5)"};
  CHECK(ReasonOf(connection->Query(kSleep, {}).status()) == "STATEMENT_TIMEOUT");
  CHECK(connection->Query(kSelectOne, {}).ok());
}

TEST_CASE("a server that does not answer is given up after the reply time-out") {
  TestDatabase database;
  ConnectOptions options = database.options();
  options.reply_timeout = absl::Milliseconds(50);
  auto connection = *Connection::Open(options);
  constexpr Statement kSleep{"sleep", "SELECT 1 FROM pg_sleep(5)"};
  CHECK(IsConnectionLost(connection->Query(kSleep, {}).status()));
  CHECK(connection->broken());
  CHECK(IsConnectionLost(connection->Query(kSelectOne, {}).status()));
}

TEST_CASE("a session ended by the server before COMMIT is a definite failure") {
  TestDatabase database;
  auto connection = OpenWithItems(database);
  Tx tx(*connection);
  tx.Enqueue(kInsert, Item(1));
  tx.Enqueue(kTerminate, {});
  CHECK(IsConnectionLost(tx.Commit()));
  CHECK(connection->broken());
  CHECK(Count(*database.Open()) == 0);
}

TEST_CASE("a connection cut around COMMIT is in doubt, whichever way it went") {
  TestDatabase database;
  OpenWithItems(database);
  Gate gate(database.socket_directory());
  const auto [cut, stored] = GENERATE(
      table<Gate::Cut, int64_t>({{Gate::Cut::kBeforeReply, 1}, {Gate::Cut::kBeforeForwarding, 0}}));
  ConnectOptions options = database.options();
  options.conninfo += " host=" + gate.directory();
  auto connection = *Connection::Open(options);
  {
    Tx tx(*connection);
    tx.Enqueue(kInsert, Item(1));
    REQUIRE(tx.Flush().ok());
    gate.CutNext(cut);
    absl::Status status = tx.Commit();
    CHECK(status.code() == absl::StatusCode::kUnknown);
    CHECK(IsCommitInDoubt(status));
  }
  CHECK(gate.cuts() == 1);
  CHECK(Count(*database.Open()) == stored);
}

TEST_CASE("big parameters and big answers pass through the pipeline without a jam") {
  TestDatabase database;
  auto connection = OpenWithItems(database);
  constexpr Statement kEcho{"echo", "SELECT $1"};
  const std::string big(8 << 20, 'x');
  Tx tx(*connection);
  std::vector<Tx::Ticket> tickets;
  for (int i = 0; i < 4; ++i) tickets.push_back(tx.Enqueue(kEcho, Params().Text(big)));
  REQUIRE(tx.Flush().ok());
  for (Tx::Ticket ticket : tickets) CHECK(tx.Take(ticket).Only().Text(0) == big);
  CHECK(tx.Commit().ok());
}

}  // namespace
}  // namespace varsam::pg
