// The contract of RetentionStore: holds, runs, items, backups. Both implementations, the same
// cases.
#include "tests/contract/services/retention/store/ground.h"

namespace varsam::retention {
namespace {

const SubjectId kOne = Numbered<SubjectId>(1), kOther = Numbered<SubjectId>(2),
                kThird = Numbered<SubjectId>(3);

Hold HoldOf(uint8_t number, std::string_view set_at) {
  return {.id = Numbered<HoldId>(number),
          .matter = "T 123-26",
          .owner = "legal",
          .reason = "a dispute",
          .scope = {.subjects = {kOne, kOther},
                    .subject_categories = {"prospect"},
                    .systems = {"crm"},
                    .data_categories = {"email", "name"}},
          .set_at = At(set_at),
          .review_by = Day("2026-09-01")};
}

Field Due(const SubjectId& subject, std::string_view due_on) {
  Field field = FieldOf(subject, "crm", "1", "name");
  field.standing.due_on = Day(due_on);
  return field;
}

template <typename Store>
std::vector<DisposalItem> Items(StoreGround<Store>& ground, const std::optional<RunId>& run,
                                const std::optional<SubjectId>& subject, const Uuid& after = {},
                                int rows_max = 50) {
  return Must(ground.store.ReadItems(ground.connection(), run, subject, after, rows_max));
}

}  // namespace

TEMPLATE_TEST_CASE("holds are read back, in order of time; released ones on request", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const auto read = [&](bool released) {
    return Must(ground.store.ReadHolds(ground.connection(), released));
  };
  const auto find = [&](const HoldId& id) {
    return ground
        .Facts([&](pg::Tx& tx) {
          return ground.store.LoadFacts(tx, ReleaseHold{id, "over"});
        })
        .hold;
  };
  const auto open = [&] {
    return ground.Facts([&](pg::Tx& tx) { return ground.store.LoadFacts(tx, PlaceHold{}); })
        .open_holds;
  };
  CHECK(read(true).empty());
  CHECK(open() == 0);
  Hold later = HoldOf(1, "2026-03-02"), earlier = HoldOf(2, "2026-03-01");
  REQUIRE(SaveOne(ground, later) == absl::OkStatus());
  REQUIRE(SaveOne(ground, earlier) == absl::OkStatus());
  CHECK(read(false) == std::vector<Hold>{earlier, later});
  CHECK(open() == 2);
  CHECK(find(later.id) == later);
  CHECK(find(Numbered<HoldId>(7)) == std::nullopt);
  later.released_at = At("2026-04-01");
  later.release_reason = "settled";
  REQUIRE(SaveOne(ground, later) == absl::OkStatus());
  CHECK(read(false) == std::vector<Hold>{earlier});
  CHECK(read(true) == std::vector<Hold>{earlier, later});
  CHECK(open() == 1);
  CHECK(find(later.id) == later);
}

TEMPLATE_TEST_CASE("what is due is found by day; not what is disposed of or under way", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const auto load = [&](std::string_view day) {
    return ground.Facts([&](pg::Tx& tx) { return ground.store.LoadDue(tx, Day(day), {}); });
  };
  CHECK(load("2026-03-01").candidates.empty());
  CHECK(load("2026-03-01").catalogue == nullptr);
  CHECK(load("2026-03-01").people_total == 0);
  Field gone = Due(kOther, "2026-02-01"), under_way = Due(kThird, "2026-02-01");
  gone.disposed_at = At("2026-02-02");
  under_way.item = Numbered<ItemId>(1);
  PersonRecords due = PersonOf(kOne, {Due(kOne, "2026-03-01")});
  due.fields.push_back(FieldOf(kOne, "mail", "2", "text"));  // comes with it, due or not
  PersonRecords merged = PersonOf(Numbered<SubjectId>(4));
  merged.person.merged_into = kOne;
  REQUIRE(SavePeople(ground, {due, PersonOf(kOther, {gone}), PersonOf(kThird, {under_way}),
                              merged}) == absl::OkStatus());
  REQUIRE(SaveFeed(ground, PolicyFeed(1, "90", "2026-01-01")) == absl::OkStatus());
  REQUIRE(SaveOne(ground, HoldOf(1, "2026-01-01")) == absl::OkStatus());
  CHECK(load("2026-02-28").candidates.empty());
  const RunDisposalFacts facts = load("2026-03-01");
  CHECK(facts.candidates == std::vector<PersonRecords>{due});
  CHECK(facts.people_total == 3);
  CHECK(facts.holds.size() == 1);
  CHECK(facts.catalogue->seq == 1);
  CHECK(facts.last_clocks == std::nullopt);
}

TEMPLATE_TEST_CASE("the first due come in the order of their days, range by range", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const auto load = [&](const DueRange& range) {
    return ground.Facts(
        [&](pg::Tx& tx) { return ground.store.LoadDue(tx, Day("2026-03-01"), range); });
  };
  const PersonRecords first = PersonOf(kThird, {Due(kThird, "2026-01-05")}),
                      second = PersonOf(kOne, {Due(kOne, "2026-02-01")}),
                      third = PersonOf(kOther, {Due(kOther, "2026-02-01")});
  PersonRecords elsewhere = PersonOf(Numbered<SubjectId>(4), {Due(kOne, "2026-01-01")});
  elsewhere.fields[0].key.subject = elsewhere.person.id;
  elsewhere.fields[0].key.system = "mail";
  REQUIRE(SavePeople(ground, {first, second, third, elsewhere}) == absl::OkStatus());
  CHECK(load({{}, 9, {}}).candidates.size() == 4);
  const RunDisposalFacts page = load({{"crm"}, 2, {}});
  CHECK(page.candidates == std::vector<PersonRecords>{second, first});  // by person
  REQUIRE(page.next_after.has_value());
  CHECK(page.next_after->subject == kOne);
  const RunDisposalFacts last = load({{"crm"}, 2, page.next_after});
  CHECK(last.candidates == std::vector<PersonRecords>{third});
  CHECK_FALSE(last.next_after.has_value());
  CHECK(load({{"hr"}, 2, {}}).candidates.empty());
}

TEMPLATE_TEST_CASE("a run is saved with its items; issued ones take their fields", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const Field first = Due(kOne, "2026-02-01"), second = Due(kOther, "2026-02-01");
  REQUIRE(SavePeople(ground, {PersonOf(kOne, {first}), PersonOf(kOther, {second})}) ==
          absl::OkStatus());
  const RunId run = Numbered<RunId>(1);
  CHECK(Must(ground.store.ReadRun(ground.connection(), run)) == std::nullopt);
  RunDisposalOutcome outcome;
  outcome.run = RunOf(run, 2);
  outcome.run.items_blocked = 1;
  outcome.items = {ItemOf(Numbered<ItemId>(1), run, first, DisposalState::kIssued),
                   ItemOf(Numbered<ItemId>(2), run, second, DisposalState::kBlocked)};
  outcome.items[1].blocked_by = "T 123-26";
  outcome.clocks = ClockAnchor{At("2026-03-01 03:00"), absl::Seconds(77), "boot-1"};
  REQUIRE(SaveOne(ground, outcome) == absl::OkStatus());
  CHECK(Must(ground.store.ReadRun(ground.connection(), run)) == outcome.run);
  CHECK(Items(ground, run, std::nullopt) == outcome.items);
  const People people = Load(ground, {kOne, kOther});
  CHECK(people.at(kOne).fields[0].item == outcome.items[0].id);
  CHECK(people.at(kOther).fields[0].item == std::nullopt);
  const auto due =
      ground.Facts([&](pg::Tx& tx) { return ground.store.LoadDue(tx, Day("2026-03-01"), {}); });
  CHECK(due.candidates.size() == 1);
  CHECK(due.last_clocks == outcome.clocks);
}

TEMPLATE_TEST_CASE("items come by run or person, in order, page by page", "", RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const RunId first = Numbered<RunId>(1), second = Numbered<RunId>(2);
  RunDisposalOutcome one, other;
  one.run = RunOf(first, 3);
  other.run = RunOf(second, 1);
  for (uint8_t i = 1; i <= 3; ++i) {
    const Field field = FieldOf(i == 2 ? kOther : kOne, "crm", std::to_string(i), "name");
    one.items.push_back(ItemOf(Numbered<ItemId>(i), first, field, DisposalState::kBlocked));
  }
  other.items = {ItemOf(Numbered<ItemId>(4), second, FieldOf(kOne, "crm", "4", "name"),
                        DisposalState::kBlocked)};
  std::swap(one.items[0], one.items[2]);
  REQUIRE(SaveOne(ground, one) == absl::OkStatus());
  REQUIRE(SaveOne(ground, other) == absl::OkStatus());
  std::swap(one.items[0], one.items[2]);
  CHECK(Items(ground, first, std::nullopt) == one.items);
  CHECK(Items(ground, std::nullopt, kOne) ==
        std::vector<DisposalItem>{one.items[0], one.items[2], other.items[0]});
  CHECK(Items(ground, first, std::nullopt, one.items[0].id.value(), 1) ==
        std::vector<DisposalItem>{one.items[1]});
  CHECK(Items(ground, std::nullopt, kOne, one.items[0].id.value(), 1) ==
        std::vector<DisposalItem>{one.items[2]});
  CHECK(Items(ground, first, std::nullopt, one.items[2].id.value()).empty());
  CHECK(Items(ground, Numbered<RunId>(9), std::nullopt).empty());
  CHECK(Items(ground, std::nullopt, kThird).empty());
}

TEMPLATE_TEST_CASE("what a hold had blocked is found and resumed", "", RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const Field field = Due(kOne, "2026-02-01");
  REQUIRE(SavePeople(ground, {PersonOf(kOne, {field})}) == absl::OkStatus());
  const auto blocked = [&](const ItemId& after) {
    return ground.Facts([&](pg::Tx& tx) { return ground.store.LoadBlocked(tx, after); });
  };
  const auto has = [&] { return Must(ground.store.HasBlocked(ground.connection())); };
  CHECK_FALSE(has());
  CHECK(blocked({}).blocked.empty());
  const RunId run = Numbered<RunId>(1);
  RunDisposalOutcome outcome;
  outcome.run = RunOf(run, 2);
  outcome.run.items_blocked = 2;
  outcome.run.finished_at = At("2026-03-02");
  outcome.items = {ItemOf(Numbered<ItemId>(1), run, field, DisposalState::kBlocked),
                   ItemOf(Numbered<ItemId>(2), run, FieldOf(kOther, "crm", "2", "name"),
                          DisposalState::kBlocked)};
  REQUIRE(SaveOne(ground, outcome) == absl::OkStatus());
  CHECK(has());
  CHECK(blocked({}).blocked == outcome.items);
  CHECK(blocked(outcome.items[0].id).blocked == std::vector<DisposalItem>{outcome.items[1]});
  CHECK(blocked({}).facts.candidates.size() == 2);
  // One goes on, one has gone another way.
  std::vector<ResumedItem> resumed = {{outcome.items[0], {}}, {outcome.items[1], {}}};
  resumed[0].item.state = DisposalState::kIssued;
  resumed[1].item.state = DisposalState::kFailed;
  REQUIRE(ground.Commit([&](pg::Tx& tx) {
    ground.store.Save(tx, std::span<const ResumedItem>(resumed));
  }) == absl::OkStatus());
  CHECK_FALSE(has());
  const auto read = Must(ground.store.ReadRun(ground.connection(), run));
  REQUIRE(read.has_value());
  CHECK(read->items_blocked == 1);
  CHECK(read->finished_at == std::nullopt);
  CHECK(Load(ground, {kOne}).at(kOne).fields[0].item == outcome.items[0].id);
  CHECK(Items(ground, run, std::nullopt)[1].state == DisposalState::kFailed);
}

TEMPLATE_TEST_CASE("a backup is registered once and read back", "", RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const Backup backup{"b-1", "s3", At("2026-03-01 02:00"), At("2026-03-01 02:30"),
                      Day("2026-04-05")};
  const auto load = [&](const std::string& id) {
    return ground.Facts([&](pg::Tx& tx) { return ground.store.LoadBackup(tx, id); });
  };
  CHECK(load("b-1") == std::nullopt);
  REQUIRE(SaveOne(ground, backup) == absl::OkStatus());
  CHECK(load("b-1") == backup);
  CHECK(load("b-2") == std::nullopt);
  CHECK(Must(ground.store.ReadBackup(ground.connection(), "b-1")) == backup);
  CHECK(Must(ground.store.ReadBackup(ground.connection(), "b-2")) == std::nullopt);
  CHECK(SaveOne(ground, backup).code() == absl::StatusCode::kAlreadyExists);
}

}  // namespace varsam::retention
