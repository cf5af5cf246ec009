// The contract of RetentionStore: what feeds bring, certificates, what a restored backup is told.
// Both implementations, the same cases.
#include <algorithm>

#include "tests/contract/services/retention/store/ground.h"

namespace varsam::retention {
namespace {

const SubjectId kOne = Numbered<SubjectId>(1), kOther = Numbered<SubjectId>(2);

ApplyFeedOutcome FeedAt(const std::string& feed, uint64_t next) {
  ApplyFeedOutcome outcome;
  outcome.feed = feed;
  outcome.next_index = next;
  return outcome;
}

StoredCertificate CertificateOf(uint8_t number, const std::string& case_id,
                                const std::string& run_id) {
  return {Numbered<CertificateId>(number),
          case_id,
          run_id,
          R"({"a":1})",
          "på svenska",
          "in English",
          number};
}

}  // namespace

TEMPLATE_TEST_CASE("a feed's cursor moves with the effects of its batch, and only with them", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const auto cursor = [&](const std::string& feed) {
    return Must(ground.store.ReadCursor(ground.connection(), feed));
  };
  CHECK(cursor("registry") == 0);
  ApplyFeedOutcome outcome = FeedAt("registry", 12);
  outcome.changed = {PersonOf(kOne)};
  outcome.changed[0].person.limits = "told";
  REQUIRE(SaveFeed(ground, outcome) == absl::OkStatus());
  CHECK(cursor("registry") == 12);
  CHECK(cursor("consent") == 0);
  CHECK(Load(ground, {kOne}).at(kOne).person.limits == "told");
  // A batch that came before changes nothing.
  ApplyFeedOutcome stale = FeedAt("registry", 5);
  stale.stale = true;
  stale.changed = {PersonOf(kOne)};
  REQUIRE(SaveFeed(ground, stale) == absl::OkStatus());
  CHECK(cursor("registry") == 12);
  CHECK(Load(ground, {kOne}).at(kOne).person.limits == "told");
}

TEMPLATE_TEST_CASE("results are loaded with the items of their people, their runs and people", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const RunId run = Numbered<RunId>(1);
  const Field first = FieldOf(kOne, "crm", "1", "name"),
              second = FieldOf(kOne, "mail", "2", "text"),
              foreign = FieldOf(kOther, "crm", "3", "name");
  REQUIRE(SavePeople(ground, {PersonOf(kOne, {first, second}), PersonOf(kOther, {foreign})}) ==
          absl::OkStatus());
  RunDisposalOutcome started;
  started.run = RunOf(run, 3);
  started.items = {ItemOf(Numbered<ItemId>(1), run, first, DisposalState::kBlocked),
                   ItemOf(Numbered<ItemId>(2), run, second, DisposalState::kBlocked),
                   ItemOf(Numbered<ItemId>(3), run, foreign, DisposalState::kBlocked)};
  REQUIRE(SaveOne(ground, started) == absl::OkStatus());
  REQUIRE(SaveFeed(ground, PolicyFeed(1, "90", "2026-01-01")) == absl::OkStatus());
  ApplyFeed ask{.feed = "registry", .next_index = 9};
  ask.effects.push_back(DisposalFinished{{{.item = started.items[1].id, .done = true}}});
  ask.effects.push_back(ConsentChanged{Numbered<SubjectId>(5), {}});
  const auto load = [&] {
    return ground.Facts([&](pg::Tx& tx) { return ground.store.LoadFacts(tx, ask); });
  };
  ApplyFeedFacts facts = load();
  CHECK(facts.cursor == 1);
  CHECK(facts.policies.size() == 1);
  CHECK(facts.runs == std::vector<DisposalRun>{started.run});
  std::sort(facts.items.begin(), facts.items.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  CHECK(facts.items == std::vector<DisposalItem>{started.items[0], started.items[1]});
  CHECK(facts.people.people.contains(kOne));
  CHECK(facts.people.people.contains(Numbered<SubjectId>(5)));
  CHECK_FALSE(facts.people.people.contains(kOther));

  ApplyFeedOutcome done = FeedAt("requests", 4);
  done.finished = {started.items[1]};
  done.finished[0].state = DisposalState::kDone;
  done.finished[0].executed_at = At("2026-03-02");
  done.finished[0].executed_count = 3;
  done.finished[0].verification = "read again";
  done.runs = {started.run};
  done.runs[0].items_done = 1;
  done.runs[0].finished_at = At("2026-03-03");
  const RunId fresh = Numbered<RunId>(2);
  done.new_runs = {RunOf(fresh, 1)};
  done.new_items = {ItemOf(Numbered<ItemId>(7), fresh, foreign, DisposalState::kBlocked)};
  REQUIRE(SaveFeed(ground, done) == absl::OkStatus());
  CHECK(Must(ground.store.ReadRun(ground.connection(), run)) == done.runs[0]);
  CHECK(Must(ground.store.ReadRun(ground.connection(), fresh)) == done.new_runs[0]);
  const auto items =
      Must(ground.store.ReadItems(ground.connection(), std::nullopt, kOne, Uuid(), 50));
  CHECK(items == std::vector<DisposalItem>{started.items[0], done.finished[0]});
}

TEMPLATE_TEST_CASE("certificates come by case or run, in order, page by page", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const std::vector<StoredCertificate> made = {
      CertificateOf(1, "case-1", ""), CertificateOf(2, "", "run-1"), CertificateOf(3, "", "run-1")};
  CHECK(Must(ground.store.ReadCertificate(ground.connection(), made[0].id)) == std::nullopt);
  REQUIRE(SaveFeed(ground, FeedAt("requests", 1), {made[2], made[0], made[1]}) == absl::OkStatus());
  CHECK(Must(ground.store.ReadCertificate(ground.connection(), made[1].id)) == made[1]);
  const auto read = [&](const std::string& case_id, const std::string& run_id,
                        const Uuid& after = {}, int rows = 50) {
    return Must(ground.store.ReadCertificates(ground.connection(), case_id, run_id, after, rows));
  };
  using All = std::vector<StoredCertificate>;
  CHECK(read("", "") == made);
  CHECK(read("case-1", "") == All{made[0]});
  CHECK(read("", "run-1") == All{made[1], made[2]});
  CHECK(read("", "run-1", made[1].id.value()) == All{made[2]});
  CHECK(read("", "", {}, 2) == All{made[0], made[1]});
  CHECK(read("case-2", "").empty());
  CHECK(SaveFeed(ground, FeedAt("requests", 2), {made[0]}).code() ==
        absl::StatusCode::kAlreadyExists);
  CHECK(Must(ground.store.ReadCursor(ground.connection(), "requests")) == 1);
}

TEMPLATE_TEST_CASE("what a restored backup is told comes by time, page by page", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const std::vector<ReplayFact> facts = {
      {Numbered<SubjectId>(9).value(), "erasure", "h1", "", At("2026-03-01")},
      {Numbered<SubjectId>(1).value(), "withdrawal", "h2", "news", At("2026-03-02")},
      {Numbered<SubjectId>(2).value(), "suppression", "h3", "", At("2026-03-02")}};
  ApplyFeedOutcome outcome = FeedAt("consent", 3);
  outcome.replay = {facts[2], facts[0], facts[1]};
  REQUIRE(SaveFeed(ground, outcome) == absl::OkStatus());
  const auto read = [&](const ReplayPage& after, int rows) {
    return Must(ground.store.ReadReplay(ground.connection(), after, rows));
  };
  using All = std::vector<ReplayFact>;
  CHECK(read({}, 50) == facts);
  CHECK(read({}, 2) == All{facts[0], facts[1]});
  CHECK(read({facts[1].at, facts[1].id}, 50) == All{facts[2]});
  CHECK(read({At("2026-03-02"), {}}, 50) == All{facts[1], facts[2]});
  CHECK(read({facts[2].at, facts[2].id}, 50).empty());
}

TEMPLATE_TEST_CASE("who waits to be forgotten is found with what a run did, until settled", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const auto load = [&](const SubjectId& after) {
    return ground.Facts([&](pg::Tx& tx) { return ground.store.LoadWaiting(tx, after); });
  };
  const auto stamp = [&] { return Must(ground.store.ReadWaitingStamp(ground.connection())); };
  const RunId run = Numbered<RunId>(1);
  const Field field = FieldOf(kOne, "crm", "1", "name");
  REQUIRE(SavePeople(ground, {PersonOf(kOne, {field}), PersonOf(kOther)}) == absl::OkStatus());
  RunDisposalOutcome started;
  started.run = RunOf(run, 1);
  started.items = {ItemOf(Numbered<ItemId>(1), run, field, DisposalState::kBlocked)};
  REQUIRE(SaveOne(ground, started) == absl::OkStatus());
  CHECK(stamp().empty());
  CHECK(load({}).waiting.empty());
  ApplyFeedOutcome outcome = FeedAt("requests", 3);
  outcome.waiting = {{kOne, run}, {kOther, run}};
  REQUIRE(SaveFeed(ground, outcome) == absl::OkStatus());
  REQUIRE(ground.Commit([&](pg::Tx& tx) {
    ground.store.SaveHeard(tx, {{"crm", At("2026-03-01")}, {"ops", At("2026-03-01")}});
  }) == absl::OkStatus());
  REQUIRE(ground.Commit([&](pg::Tx& tx) {
    ground.store.SaveHeard(tx, {{"crm", At("2026-03-02")}, {"ops", At("2026-02-01")}});
  }) == absl::OkStatus());
  const std::string before = stamp();
  CHECK_FALSE(before.empty());
  const SettlePeopleFacts facts = load({});
  CHECK(facts.waiting == std::vector<WaitingPerson>{{kOne, run}, {kOther, run}});
  CHECK(facts.heard == HeardAt{{"crm", At("2026-03-02")}, {"ops", At("2026-03-01")}});
  CHECK(facts.people.size() == 2);
  CHECK(facts.items.size() == 1);
  REQUIRE_FALSE(facts.runs.empty());
  CHECK(facts.runs[0] == started.run);
  CHECK(load(kOne).waiting == std::vector<WaitingPerson>{{kOther, run}});
  REQUIRE(ground.Commit([&](pg::Tx& tx) {
    ground.store.SaveHeard(tx, {{"email", At("2026-03-02")}});
  }) == absl::OkStatus());
  CHECK(stamp() != before);
  SettlePeopleOutcome settled;
  settled.settled = {kOne};
  REQUIRE(ground.Commit([&](pg::Tx& tx) {
    ground.store.Save(tx, settled, std::vector{CertificateOf(1, "", run.ToString())});
  }) == absl::OkStatus());
  CHECK(load({}).waiting == std::vector<WaitingPerson>{{kOther, run}});
  const std::string id = run.ToString();
  CHECK(Must(ground.store.ReadCertificates(ground.connection(), "", id, {}, 9)).size() == 1);
  outcome = FeedAt("registry", 4);
  outcome.forgotten = {kOther};
  REQUIRE(SaveFeed(ground, outcome) == absl::OkStatus());
  CHECK(stamp().empty());
}

}  // namespace varsam::retention
