#include "libs/journal/journal.h"

#include <catch2/catch.hpp>

#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/pg/tx.h"
#include "tests/support/tally.h"

namespace varsam::journal {
namespace {

constexpr pg::Statement kLock{"test_lock", "SELECT size FROM ledger_head FOR UPDATE"};
constexpr pg::Statement kWaiting{
    "test_waiting",
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
    "application_name = 'journal' AND wait_event_type = 'Lock'"};
constexpr pg::Statement kCommits{
    "test_commits", "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"};
constexpr pg::Statement kSessions{
    "test_sessions",
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
    "application_name = 'journal'"};
constexpr pg::Statement kExplainRequests{
    "test_explain_requests",
    "EXPLAIN SELECT response FROM journal_request WHERE request_id = ANY (SELECT gen_random_uuid() "
    "FROM generate_series(1, 1000))"};
constexpr pg::Statement kExplainAccounts{
    "test_explain_accounts",
    "EXPLAIN SELECT balance FROM account WHERE name = ANY (array_fill('a'::text, ARRAY[1000]))"};
constexpr pg::Statement kCursor{"test_cursor", "SELECT at FROM position"};

JournalOptions OptionsFor(const TestDatabase& database) {
  JournalOptions options{.connect = database.options()};
  options.connect.application_name = "journal";
  return options;
}

SubmitOptions NewRequest(const std::string& key = "") {
  SubmitOptions options{.request_id = RequestId(NewUuidV4()), .fingerprint = "same content"};
  if (!key.empty()) options.conflict_keys = {key};
  options.time_left = absl::Seconds(60);
  return options;
}

using Answer = std::future<absl::StatusOr<Committed>>;

template <typename Operation>
Answer Send(Journal& journal, const Operation& operation, typename Operation::Ask ask,
            SubmitOptions options) {
  auto promise = std::make_shared<std::promise<absl::StatusOr<Committed>>>();
  Answer answer = promise->get_future();
  journal.Submit(
      operation, std::move(ask), std::move(options),
      [promise](absl::StatusOr<Committed> committed) { promise->set_value(std::move(committed)); });
  return answer;
}

// Holds the ledger's head, so that asks gather behind the writer.
class HeadHeld {
 public:
  explicit HeadHeld(const TallyDatabase& database)
      : connection_(database.Open()), watcher_(database.Open()), tx_(*connection_) {
    VARSAM_CHECK(tx_.Query(kLock, {}).ok());
  }
  // Until the writer waits for the lock: it has taken its batch.
  void AwaitWriter() {
    while (watcher_->Query(kWaiting, {})->Only().Int64(0) == 0) std::this_thread::yield();
  }

 private:
  std::unique_ptr<pg::Connection> connection_;
  std::unique_ptr<pg::Connection> watcher_;
  pg::Tx tx_;
};

TEST_CASE("what a batch looks up is looked up by key, however small the tables were at first") {
  TallyDatabase database;
  Journal journal(OptionsFor(database), database.ledger(), SystemClock());
  std::string plans;
  SetCursorOperation looking = MoveCursor();
  looking.load =
      [&](pg::Tx& tx,
          std::span<const SetCursor* const> asks) -> absl::StatusOr<std::vector<SetCursorFacts>> {
    for (const pg::Statement& explain : {kExplainRequests, kExplainAccounts}) {
      ASSIGN_OR_RETURN(const pg::Rows rows, tx.Query(explain, {}));
      for (const pg::Row row : rows) plans += std::string(row.Text(0)) + "\n";
    }
    return std::vector<SetCursorFacts>(asks.size());
  };
  REQUIRE(Send(journal, looking, SetCursor{1}, NewRequest()).get().ok());
  INFO(plans);
  CHECK(plans.find("journal_request_pkey") != std::string::npos);
  CHECK(plans.find("account_pkey") != std::string::npos);
  CHECK(plans.find("Seq Scan") == std::string::npos);
}

TEST_CASE("a write alone costs two round trips and is proven by its batch") {
  TallyDatabase database;
  Journal journal(OptionsFor(database), database.ledger(), SystemClock());
  auto committed = journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, NewRequest());
  REQUIRE(committed.ok());
  CHECK(committed->response == "5");
  CHECK_FALSE(committed->replayed);
  CHECK(committed->first_index == 0);
  CHECK(committed->entry_count == 1);
  REQUIRE(committed->batch != nullptr);
  CHECK(committed->batch->entry(0).payload == "a 5");
  CHECK(journal.Stats().round_trips_total == 2);
  CHECK(database.ledger().announced() == 1);
  CHECK(database.LedgerDamage() == "");
}

TEST_CASE("the same request is answered from before, with other content it is refused") {
  TallyDatabase database;
  Journal journal(OptionsFor(database), database.ledger(), SystemClock());
  const SubmitOptions request = NewRequest();
  REQUIRE(journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, NewRequest()).ok());
  REQUIRE(journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, request).ok());
  auto replay = journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, request);
  REQUIRE(replay.ok());
  CHECK(replay->replayed);
  CHECK(replay->response == "10");
  CHECK(replay->first_index == 1);
  CHECK(replay->entry_count == 1);
  CHECK(replay->batch == nullptr);
  SubmitOptions changed = request;
  changed.fingerprint = "other content";
  auto refused = journal.SubmitAndWait(MoveMoney(), Move{"a", 6}, changed);
  CHECK(refused.status().code() == absl::StatusCode::kAlreadyExists);
  CHECK(ReasonOf(refused.status()) == "REQUEST_ID_REUSED");
  CHECK(database.movements() == 2);
}

TEST_CASE("request ids older than asked for are forgotten, younger ones stay") {
  TallyDatabase database;
  const absl::Time day = absl::FromUnixSeconds(1790000000);
  ManualClock clock(day);
  Journal journal(OptionsFor(database), database.ledger(), clock);
  const SubmitOptions old = NewRequest();
  const SubmitOptions young = NewRequest();
  REQUIRE(journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, old).ok());
  clock.Advance(absl::Hours(24));
  REQUIRE(journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, young).ok());
  auto forgotten = ForgetRequests(*database.Open(), day + absl::Hours(1));
  REQUIRE(forgotten.ok());
  CHECK(*forgotten == 1);
  CHECK_FALSE(journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, old)->replayed);
  CHECK(journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, young)->replayed);
}

TEST_CASE("the same request twice in the queue happens once") {
  TallyDatabase database;
  Journal journal(OptionsFor(database), database.ledger(), SystemClock());
  const SubmitOptions request = NewRequest();
  std::vector<Answer> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(Send(journal, MoveMoney(), Move{"a", 5}, request));
  int replayed = 0;
  for (Answer& answer : answers) {
    auto committed = answer.get();
    REQUIRE(committed.ok());
    CHECK(committed->response == "5");
    replayed += committed->replayed ? 1 : 0;
  }
  CHECK(replayed == 19);
  CHECK(database.movements() == 1);
}

TEST_CASE("writes of one key keep their order and never share a batch") {
  TallyDatabase database;
  Journal journal(OptionsFor(database), database.ledger(), SystemClock());
  std::vector<Answer> answers;
  for (int i = 0; i < 200; ++i) {
    const std::string account = i % 2 == 0 ? "a" : "b";
    answers.push_back(Send(journal, MoveMoney(), Move{account, 1}, NewRequest(account)));
  }
  for (int i = 0; i < 200; ++i) {
    auto committed = answers[static_cast<size_t>(i)].get();
    REQUIRE(committed.ok());
    CHECK(committed->response == std::to_string(i / 2 + 1));
  }
  CHECK(database.wrong_balances() == 0);
}

TEST_CASE("what fails in a batch fails alone, by its decision or by a constraint") {
  TallyDatabase database;
  Journal journal(OptionsFor(database), database.ledger(), SystemClock());
  std::vector<Answer> answers;
  {
    HeadHeld head(database);
    answers.push_back(Send(journal, MoveMoney(), Move{"first", 1}, NewRequest()));
    head.AwaitWriter();
    for (int i = 0; i < 32; ++i) {
      const int64_t amount = i == 7 ? -1 : i == 20 || i == 21 ? 13 : 5;
      answers.push_back(
          Send(journal, MoveMoney(), Move{"x" + std::to_string(i), amount}, NewRequest()));
    }
  }
  REQUIRE(answers[0].get().ok());
  for (int i = 0; i < 32; ++i) {
    auto committed = answers[static_cast<size_t>(i) + 1].get();
    INFO(i);
    if (i == 7) {
      CHECK(ReasonOf(committed.status()) == "OVERDRAWN");
    } else if (i == 20 || i == 21) {
      CHECK(ReasonOf(committed.status()) == "CHECK_VIOLATION");
      CHECK(pg::ConstraintOf(committed.status()) == "unlucky");
    } else {
      CHECK(committed.ok());
    }
  }
  CHECK(journal.Stats().largest_batch == 32);
  CHECK(database.movements() == 30);
  CHECK(database.ledger_size() == 30);
  CHECK(database.LedgerDamage() == "");
}

TEST_CASE("a batch of two kinds costs three round trips; a cursor moves without an entry") {
  TallyDatabase database;
  Journal journal(OptionsFor(database), database.ledger(), SystemClock());
  std::vector<Answer> answers;
  {
    HeadHeld head(database);
    answers.push_back(Send(journal, MoveMoney(), Move{"a", 1}, NewRequest()));
    head.AwaitWriter();
    answers.push_back(Send(journal, MoveMoney(), Move{"b", 1}, NewRequest()));
    answers.push_back(Send(journal, MoveCursor(), SetCursor{42}, {}));
    answers.push_back(Send(journal, MoveMoney(), Move{"c", 1}, NewRequest()));
  }
  std::vector<Committed> committed;
  for (Answer& answer : answers) committed.push_back(*answer.get());
  CHECK(journal.Stats().round_trips_total == 2 + 3);
  CHECK(committed[2].entry_count == 0);
  CHECK(committed[2].batch == nullptr);
  CHECK(committed[3].first_index == 2);
  CHECK(database.Number(kCursor) == 42);
}

TEST_CASE("a full queue refuses at once and an expired ask has no effect") {
  TallyDatabase database;
  JournalOptions options = OptionsFor(database);
  options.queue_asks_max = 4;
  Journal journal(options, database.ledger(), SystemClock());
  std::vector<Answer> answers;
  SubmitOptions hurried = NewRequest();
  hurried.time_left = absl::ZeroDuration();
  {
    HeadHeld head(database);
    answers.push_back(Send(journal, MoveMoney(), Move{"a", 1}, NewRequest()));
    head.AwaitWriter();
    answers.push_back(Send(journal, MoveMoney(), Move{"b", 1}, NewRequest()));
    answers.push_back(Send(journal, MoveMoney(), Move{"c", 1}, hurried));
    answers.push_back(Send(journal, MoveMoney(), Move{"d", 1}, NewRequest()));
    auto shed = Send(journal, MoveMoney(), Move{"e", 1}, NewRequest()).get();
    CHECK(shed.status().code() == absl::StatusCode::kResourceExhausted);
    CHECK(ReasonOf(shed.status()) == "QUEUE_FULL");
    CHECK(RetryAfterOf(shed.status()).has_value());
  }
  CHECK(answers[0].get().ok());
  CHECK(answers[1].get().ok());
  auto expired = answers[2].get();
  CHECK(expired.status().code() == absl::StatusCode::kDeadlineExceeded);
  CHECK(ReasonOf(expired.status()) == "ASK_EXPIRED");
  CHECK(answers[3].get().ok());
  CHECK(database.movements() == 3);
  CHECK(journal.Stats().shed_total == 1);
}

TEST_CASE("draining answers what was accepted and then accepts nothing more") {
  TallyDatabase database;
  Journal journal(OptionsFor(database), database.ledger(), SystemClock());
  std::vector<Answer> answers;
  for (int i = 0; i < 100; ++i) {
    answers.push_back(Send(journal, MoveMoney(), Move{std::to_string(i), 1}, NewRequest()));
  }
  journal.Drain();
  for (Answer& answer : answers) {
    REQUIRE(answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    CHECK(answer.get().ok());
  }
  auto refused = journal.SubmitAndWait(MoveMoney(), Move{"late", 1}, NewRequest());
  CHECK(ReasonOf(refused.status()) == "SHUTTING_DOWN");
}

TEST_CASE("thousands of asks from several threads share commits") {
  TallyDatabase database;
  const int64_t before = database.Number(kCommits);
  constexpr int kThreads = 4;
  constexpr int kAsks = 1000;
  uint64_t commits = 0;
  {
    Journal journal(OptionsFor(database), database.ledger(), SystemClock());
    std::vector<std::thread> callers;
    std::atomic<int> failed{0};
    for (int t = 0; t < kThreads; ++t) {
      callers.emplace_back([&journal, &failed, t] {
        std::vector<Answer> answers;
        for (int i = 0; i < kAsks; ++i) {
          const std::string account = std::to_string(t) + "/" + std::to_string(i % 250);
          answers.push_back(Send(journal, MoveMoney(), Move{account, 1}, NewRequest(account)));
        }
        for (Answer& answer : answers) failed += answer.get().ok() ? 0 : 1;
      });
    }
    for (std::thread& caller : callers) caller.join();
    CHECK(failed == 0);
    commits = journal.Stats().commits_total;
  }
  while (database.Number(kSessions) > 0) std::this_thread::yield();
  CHECK(database.movements() == kThreads * kAsks);
  CHECK(database.wrong_balances() == 0);
  CHECK(database.LedgerDamage() == "");
  // What the server itself counted: the batches, and no more than the questions of this test.
  const int64_t counted = database.Number(kCommits) - before;
  CHECK(counted >= static_cast<int64_t>(commits));
  CHECK(counted <= static_cast<int64_t>(commits) + 50);
  CHECK(commits <= kThreads * kAsks / 10);
  WARN(kThreads * kAsks << " asks in " << commits << " commits, server counted " << counted);
}

TEST_CASE("two replicas on one database stay in step") {
  TallyDatabase database;
  ledger::Ledger other("varsam/tally", std::string(32, 's'));
  Journal a(OptionsFor(database), database.ledger(), SystemClock());
  Journal b(OptionsFor(database), other, SystemClock());
  std::vector<Answer> answers;
  for (int i = 0; i < 600; ++i) {
    answers.push_back(
        Send(i % 2 == 0 ? a : b, MoveMoney(), Move{"shared", 1}, NewRequest("shared")));
  }
  for (Answer& answer : answers) REQUIRE(answer.get().ok());
  CHECK(database.movements() == 600);
  CHECK(database.wrong_balances() == 0);
  CHECK(database.ledger_size() == 600);
  CHECK(database.LedgerDamage() == "");
}

}  // namespace
}  // namespace varsam::journal
