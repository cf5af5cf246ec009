// The contract of RetentionStore: people, their fields and the rules. Both implementations, the
// same cases.
#include "tests/contract/services/retention/store/ground.h"

namespace varsam::retention {
namespace {

// A person with one of everything.
PersonRecords Whole(const SubjectId& id) {
  PersonRecords records = PersonOf(id);
  Person& person = records.person;
  person.choices = {{"news", true, At("2026-01-01")}, {"pool", false, At("2026-01-02")}};
  person.objections = {{{"analytics", "all"}, At("2026-01-03")}};
  person.erasures = {{"case-1", At("2026-01-04"), false}};
  person.restrictions = {{"case-2", {RestrictionGround::kClaims, At("2026-01-05"), std::nullopt}},
                         {"", {RestrictionGround::kAccuracy, At("2026-01-05"), At("2026-02-05")}}};
  person.sources = {{"bought_list", At("2026-01-06"), std::nullopt},
                    {"fair", At("2026-01-07"), At("2026-01-08")}};
  person.limits = "name may 2026-12-31";
  Field full = FieldOf(id, "crm", "17", "email");
  full.subject_categories = {"prospect", "customer_contact"};
  full.flags = {.origin = "outbound", .customer = true, .contacted = false, .source = "fair"};
  full.purposes = {{"sales", std::nullopt}, {"news", At("2026-02-01")}};
  full.events = {{"collected", At("2026-01-01"), At("2026-01-02")},
                 {"reply", At("2026-02-01"), At("2026-02-02")}};
  full.claims_need_recorded = true;
  full.disposed_at = At("2026-03-02");
  full.item = Numbered<ItemId>(9);
  full.standing = {7,
                   RetentionStatus::kDated,
                   Day("2026-05-01"),
                   Day("2026-04-01"),
                   Day("2026-05-01"),
                   Day("2026-05-02")};
  records.fields = {full, FieldOf(id, "crm", "17", "name"), FieldOf(id, "crm", "18", "email"),
                    FieldOf(id, "mail", "1", "text")};
  return records;
}

const SubjectId kOne = Numbered<SubjectId>(1), kOther = Numbered<SubjectId>(2),
                kThird = Numbered<SubjectId>(3);

}  // namespace

TEMPLATE_TEST_CASE("people are loaded whole, the unknown as unknown", "", RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const PersonRecords whole = Whole(kOne), bare = PersonOf(kOther);
  REQUIRE(SavePeople(ground, {whole, bare}) == absl::OkStatus());
  CHECK(SavePeople(ground, {}) == absl::OkStatus());
  const People people = Load(ground, {kThird, kOne, kOther});
  REQUIRE(people.size() == 3);
  CHECK(people.at(kOne) == whole);
  CHECK(people.at(kOther) == bare);
  CHECK(people.at(kThird) == PersonOf(kThird));
  CHECK(Load(ground, {}).empty());
}

TEMPLATE_TEST_CASE("a field saved again is as said now; the others stay", "", RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  PersonRecords whole = Whole(kOne);
  REQUIRE(SavePeople(ground, {whole}) == absl::OkStatus());
  PersonRecords changed = PersonOf(kOne, {whole.fields[0]});
  changed.person.limits = "other";
  changed.fields[0].disposed_at.reset();
  changed.fields[0].item.reset();
  changed.fields[0].standing = {};
  changed.fields[0].events.clear();
  REQUIRE(SavePeople(ground, {changed}) == absl::OkStatus());
  whole.person = changed.person;
  whole.fields[0] = changed.fields[0];
  CHECK(Load(ground, {kOne}).at(kOne) == whole);
}

TEMPLATE_TEST_CASE("who was merged leads to the survivor, and has no fields", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  PersonRecords merged = PersonOf(kOne, {FieldOf(kOne, "crm", "1", "name")});
  REQUIRE(SavePeople(ground, {merged}) == absl::OkStatus());
  merged.person.merged_into = kOther;
  merged.fields.clear();
  const PersonRecords survivor = PersonOf(kOther, {FieldOf(kOther, "crm", "1", "name")});
  REQUIRE(SavePeople(ground, {merged, survivor}) == absl::OkStatus());
  const People people = Load(ground, {kOne});
  REQUIRE(people.size() == 2);
  CHECK(people.at(kOne) == merged);
  CHECK(people.at(kOther) == survivor);
}

TEMPLATE_TEST_CASE("an erasure is granted on the person, the rules and every hold", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const PersonRecords whole = Whole(kOne);
  const Hold hold{.id = Numbered<HoldId>(1), .matter = "m", .set_at = At("2026-01-01")};
  REQUIRE(SavePeople(ground, {whole}) == absl::OkStatus());
  REQUIRE(SaveFeed(ground, PolicyFeed(1, "90", "2026-01-01")) == absl::OkStatus());
  REQUIRE(SaveOne(ground, hold) == absl::OkStatus());
  const auto facts = ground.Facts([&](pg::Tx& tx) {
    return ground.store.LoadFacts(tx, GrantErasure{.subject = kOne, .case_id = "case-1"});
  });
  CHECK(facts.people.people.at(kOne) == whole);
  REQUIRE(facts.people.catalogue != nullptr);
  CHECK(facts.people.catalogue->version == "2026-1");
  CHECK(facts.holds == std::vector<Hold>{hold});
}

TEMPLATE_TEST_CASE("the rules in force are those of every version applied", "", RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const auto catalogue = [&] {
    return ground.Facts([&](pg::Tx& tx) { return ground.store.LoadCatalogue(tx); });
  };
  CHECK(catalogue() == nullptr);
  CHECK(ground.Facts([&](pg::Tx& tx) { return ground.store.LoadPeople(tx, {kOne}); }).catalogue ==
        nullptr);
  REQUIRE(SaveFeed(ground, PolicyFeed(1, "90", "2026-01-01")) == absl::OkStatus());
  CHECK(catalogue()->version == "2026-1");
  REQUIRE(SaveFeed(ground, PolicyFeed(2, "60", "2026-03-01")) == absl::OkStatus());
  CHECK(catalogue()->version == "2026-2");
  CHECK(catalogue()->seq == 2);
  REQUIRE(catalogue()->changes.size() == 1);
  CHECK(catalogue()->changes[0].effective_at == At("2026-03-01"));
  CHECK(SaveFeed(ground, PolicyFeed(2, "30", "2026-04-01")).code() ==
        absl::StatusCode::kAlreadyExists);
  CHECK(catalogue()->changes.size() == 1);
}

TEMPLATE_TEST_CASE("people whose standing is of older rules are found, until it is not", "",
                   RETENTION_STORES) {
  auto ground = MakeGround<TestType>();
  const absl::Time now = At("2026-03-01");
  const auto outdated = [&] { return Must(ground.store.HasOutdated(ground.connection(), now)); };
  const auto load = [&] {
    return ground.Facts([&](pg::Tx& tx) { return ground.store.LoadOutdated(tx, now); }).people;
  };
  Field old = FieldOf(kOne, "crm", "1", "name"), gone = FieldOf(kOther, "crm", "2", "name");
  gone.disposed_at = now;
  REQUIRE(SavePeople(ground, {PersonOf(kOne, {old}), PersonOf(kOther, {gone})}) ==
          absl::OkStatus());
  CHECK_FALSE(outdated());  // no rules yet
  CHECK(load().people.empty());
  REQUIRE(SaveFeed(ground, PolicyFeed(1, "90", "2026-01-01")) == absl::OkStatus());
  CHECK(outdated());
  CHECK(load().people.size() == 1);
  CHECK(load().people.at(kOne) == PersonOf(kOne, {old}));
  old.standing.generation = load().catalogue->GenerationAt(now);
  REQUIRE(SavePeople(ground, {PersonOf(kOne, {old})}) == absl::OkStatus());
  CHECK_FALSE(outdated());
  CHECK(load().people.empty());
}

}  // namespace varsam::retention
