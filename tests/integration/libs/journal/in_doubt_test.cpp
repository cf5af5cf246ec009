// Connections that break at the worst moments: an acknowledged write is there, and once.
#include <catch2/catch.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include "libs/base/error.h"
#include "libs/journal/journal.h"
#include "tests/support/gate.h"
#include "tests/support/tally.h"

namespace varsam::journal {
namespace {

constexpr pg::Statement kTerminate{
    "test_terminate",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'journal'"};

JournalOptions Through(const TestDatabase& database, const Gate& gate) {
  JournalOptions options{.connect = database.options()};
  options.connect.conninfo += " host=" + gate.directory();
  options.connect.application_name = "journal";
  return options;
}

SubmitOptions NewRequest(absl::Duration time_left = absl::Seconds(60)) {
  return {.request_id = RequestId(NewUuidV4()), .fingerprint = "content", .time_left = time_left};
}

TEST_CASE("a commit in doubt is looked up, not done again") {
  TallyDatabase database;
  Gate gate(database.socket_directory());
  Journal journal(Through(database, gate), database.ledger(), SystemClock());
  REQUIRE(journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, NewRequest()).ok());
  const auto cut = GENERATE(Gate::Cut::kBeforeReply, Gate::Cut::kBeforeForwarding);
  SubmitOptions options = NewRequest();
  if (GENERATE(false, true)) options.request_id = RequestId();
  gate.CutNext(cut);
  auto committed = journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, options);
  REQUIRE(committed.ok());
  CHECK(gate.cuts() == 1);
  CHECK(committed->response == "10");
  CHECK(committed->first_index == 1);
  CHECK_FALSE(committed->replayed);
  REQUIRE(committed->batch != nullptr);
  CHECK(committed->batch->entry(1).payload == "a 5");
  CHECK(journal.Stats().in_doubt_total == 1);
  CHECK(database.movements() == 2);
  CHECK(database.wrong_balances() == 0);
  CHECK(database.LedgerDamage() == "");
}

TEST_CASE("an ask whose time runs out in doubt is told so, and its replay tells what happened") {
  TallyDatabase database;
  Gate gate(database.socket_directory());
  Journal journal(Through(database, gate), database.ledger(), SystemClock());
  REQUIRE(journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, NewRequest()).ok());
  SubmitOptions options = NewRequest(absl::Milliseconds(150));
  gate.CutNext(Gate::Cut::kBeforeReply);
  gate.Close(true);
  auto unknown = journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, options);
  CHECK(unknown.status().code() == absl::StatusCode::kUnknown);
  CHECK(pg::IsCommitInDoubt(unknown.status()));
  CHECK_FALSE(journal.Healthy());
  // Not accepted into the void either: with the database away, time runs out without an effect.
  auto expired =
      journal.SubmitAndWait(MoveMoney(), Move{"b", 5}, NewRequest(absl::Milliseconds(50)));
  CHECK(ReasonOf(expired.status()) == "ASK_EXPIRED");
  gate.Close(false);
  options.time_left = absl::Seconds(60);
  auto replay = journal.SubmitAndWait(MoveMoney(), Move{"a", 5}, options);
  REQUIRE(replay.ok());
  CHECK(replay->replayed);
  CHECK(replay->response == "10");
  CHECK(database.movements() == 2);
}

// Asks from several threads while `harm` happens again and again between answers.
template <typename Harm>
void KeepCountUnder(TallyDatabase& database, JournalOptions options, Harm harm, int harms) {
  constexpr int kThreads = 4;
  constexpr int kAsks = 500;
  std::atomic<int> answered{0};
  std::atomic<int> failed{0};
  Journal journal(std::move(options), database.ledger(), SystemClock());
  std::vector<std::thread> callers;
  for (int t = 0; t < kThreads; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < kAsks; ++i) {
        SubmitOptions request = NewRequest();
        const std::string account = std::to_string((t + i) % 7);
        request.conflict_keys = {account};
        const Move move{account, 1};
        if (!journal.SubmitAndWait(MoveMoney(), move, request).ok()) ++failed;
        ++answered;
      }
    });
  }
  for (int done = 0; done < harms; ++done) {
    const int until = kThreads * kAsks * (done + 1) / (harms + 1);
    while (answered < until) std::this_thread::yield();
    harm();
  }
  for (std::thread& caller : callers) caller.join();
  journal.Drain();
  CHECK(failed == 0);
  CHECK(database.movements() == kThreads * kAsks);
  CHECK(database.ledger_size() == kThreads * kAsks);
  CHECK(database.wrong_balances() == 0);
  CHECK(database.LedgerDamage() == "");
  WARN(harms << " cuts: " << journal.Stats().in_doubt_total << " commits in doubt, "
             << journal.Stats().reconnects_total << " connections");
}

TEST_CASE("nothing is lost or doubled when commits are cut under load") {
  TallyDatabase database;
  Gate gate(database.socket_directory());
  bool reply = false;
  KeepCountUnder(
      database, Through(database, gate),
      [&] {
        reply = !reply;
        gate.CutNext(reply ? Gate::Cut::kBeforeReply : Gate::Cut::kBeforeForwarding);
      },
      40);
  CHECK(gate.cuts() > 30);
}

TEST_CASE("nothing is lost or doubled when the server ends the writer's session at any moment") {
  TallyDatabase database;
  JournalOptions options{.connect = database.options()};
  options.connect.application_name = "journal";
  auto killer = database.Open();
  KeepCountUnder(
      database, options, [&] { REQUIRE(killer->Query(kTerminate, {}).ok()); }, 60);
}

}  // namespace
}  // namespace varsam::journal
