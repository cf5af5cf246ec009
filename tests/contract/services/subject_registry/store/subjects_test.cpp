// The contract of RegistryStore: people. Both implementations, the same cases.
#include <catch2/catch.hpp>

#include "services/subject_registry/store/postgres_registry_store.h"
#include "tests/contract/store_ground.h"
#include "tests/support/days.h"
#include "tests/support/memory_registry_store.h"

namespace varsam::registry {
namespace {

using absl::CivilDay;
using testing::At;
using testing::Must;
using testing::StoreGround;

SealedIdentifier Identifier(int type, char index) {
  return {type, std::string(16, index), std::string("sealed\0", 7) + index, "", At("2026-01-02")};
}

Subject Person(std::vector<SealedIdentifier> identifiers = {}) {
  Subject subject;
  subject.id = SubjectId(NewUuidV4());
  subject.categories = {"prospect"};
  subject.registered_at = At("2026-01-01 08:00");
  subject.revision = 1;
  subject.identifiers = std::move(identifiers);
  return subject;
}

// A person with everything, its parts in the order in which they are read.
Subject Whole() {
  Subject subject = Person({Identifier(1, 'a'), Identifier(1, 'b'), Identifier(4, 'a')});
  subject.categories = {"candidate", "newsletter"};
  subject.capacity = Capacity::kNaturalPerson;
  subject.soft_opt_in = {true, false, true};
  subject.language = 2;
  subject.sealed_name = std::string("\x01name\0", 6);
  subject.identifiers[2].system = "crm";
  subject.sources = {
      {"bought_list", At("2026-01-01"), std::nullopt, {{"seller", "AB, x"}, {"x", ""}}},
      {"data_subject", At("2026-01-03"), At("2026-01-04"), {}}};
  subject.relationships = {{RelationshipId(NewUuidV7(At("2026-01-01"))),
                            RelationshipKind::kApplication,
                            {"recruitment", "talent_pool"},
                            CivilDay(2026, 1, 1),
                            CivilDay(2026, 6, 30)},
                           {RelationshipId(NewUuidV7(At("2026-02-01"))),
                            RelationshipKind::kEmployment,
                            {"payroll"},
                            CivilDay(2026, 2, 1),
                            std::nullopt}};
  return subject;
}

template <typename Store>
absl::Status Save(StoreGround<Store>& ground, const std::vector<Subject>& people) {
  std::vector<const Subject*> each;
  for (const Subject& one : people) each.push_back(&one);
  return ground.Commit(
      [&](pg::Tx& tx) { ground.store.Save(tx, std::span<const Subject* const>(each)); });
}

template <typename Store>
std::optional<Subject> Read(StoreGround<Store>& ground, const SubjectId& id) {
  return Must(ground.store.ReadSubject(ground.connection(), id));
}

template <typename Store>
std::vector<SubjectId> Owners(StoreGround<Store>& ground, const std::vector<IdentifierKey>& keys) {
  return Must(ground.store.ReadOwners(ground.connection(), keys));
}

IdentifierKey Key(int type, char index) { return {type, std::string(16, index)}; }

ImportSubjects Rows(std::vector<SealedIdentifier> identifiers) {
  ImportSubjects ask;
  for (SealedIdentifier& one : identifiers) {
    ask.rows.emplace_back().identifiers.push_back(std::move(one));
  }
  return ask;
}

}  // namespace

#define REGISTRY_STORES PostgresRegistryStore, MemoryRegistryStore

TEMPLATE_TEST_CASE("people are read back whole", "", REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Subject whole = Whole(), bare = Person();
  CHECK(Read(ground, whole.id) == std::nullopt);
  REQUIRE(Save(ground, {whole, bare}) == absl::OkStatus());
  CHECK(Read(ground, whole.id) == whole);
  CHECK(Read(ground, bare.id) == bare);
  CHECK(Save(ground, {}) == absl::OkStatus());
}

TEMPLATE_TEST_CASE("a person saved again is as said now; what is gone is gone", "",
                   REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  Subject person = Whole();
  REQUIRE(Save(ground, {person}) == absl::OkStatus());
  person.categories = {"candidate"};
  person.sources.erase(person.sources.begin());
  person.relationships.clear();
  person.identifiers.erase(person.identifiers.begin());
  person.sealed_name.clear();
  person.revision = 2;
  REQUIRE(Save(ground, {person}) == absl::OkStatus());
  CHECK(Read(ground, person.id) == person);
  CHECK(Owners(ground, {Key(1, 'a'), Key(1, 'b')}) ==
        std::vector<SubjectId>{SubjectId(), person.id});
}

TEMPLATE_TEST_CASE("an identifier has one owner; a second refuses the commit", "",
                   REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Subject one = Person({Identifier(1, 'a')}), other = Person({Identifier(1, 'a')}),
                third = Person({Identifier(2, 'a')});
  REQUIRE(Save(ground, {one}) == absl::OkStatus());
  CHECK(Save(ground, {third, other}).code() == absl::StatusCode::kAlreadyExists);
  CHECK(Read(ground, third.id) == std::nullopt);
  CHECK(Owners(ground, {Key(1, 'a'), Key(2, 'a'), Key(1, 'a')}) ==
        std::vector<SubjectId>{one.id, SubjectId(), one.id});
  CHECK(Owners(ground, {}).empty());
}

TEMPLATE_TEST_CASE("who was merged leads to the survivor, over several merges", "",
                   REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  Subject first = Person({Identifier(1, 'a')}), second = Person({Identifier(1, 'b')}),
          last = Person({Identifier(1, 'c')});
  REQUIRE(Save(ground, {first, second, last}) == absl::OkStatus());
  first.merged_into = second.id;
  REQUIRE(Save(ground, {first, second}) == absl::OkStatus());
  CHECK(Owners(ground, {Key(1, 'a')}) == std::vector<SubjectId>{second.id});
  second.merged_into = last.id;
  REQUIRE(Save(ground, {second, last}) == absl::OkStatus());
  CHECK(Owners(ground, {Key(1, 'a'), Key(1, 'b'), Key(1, 'c')}) ==
        std::vector<SubjectId>(3, last.id));
  CHECK(Read(ground, first.id)->merged_into == last.id);
  const auto facts = ground.Facts([&](pg::Tx& tx) {
    const ImportSubjects ask = Rows({Identifier(1, 'a')});
    const ImportSubjects* const asks[] = {&ask};
    return ground.store.LoadFacts(tx, std::span<const ImportSubjects* const>(asks));
  });
  CHECK(facts[0].facts.owners.at({1, std::string(16, 'a')}) == last.id);
  CHECK(facts[0].facts.subjects.at(last.id) == last);
}

TEMPLATE_TEST_CASE("the facts of a batch of imports: owners, people, suppressed", "",
                   REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Subject whole = Whole();
  EraseSubjectOutcome erased{
      .subject = Person(), .suppressed = {Identifier(1, 'x')}, .append = true};
  erased.subject.erased_at = At("2026-05-01");
  REQUIRE(Save(ground, {whole}) == absl::OkStatus());
  REQUIRE(ground.Commit([&](pg::Tx& tx) { ground.store.Save(tx, erased); }) == absl::OkStatus());
  const ImportSubjects first = Rows({Identifier(1, 'b'), Identifier(1, 'x')}),
                       second = Rows({Identifier(4, 'a'), Identifier(9, 'z')}), none;
  const ImportSubjects* const asks[] = {&first, &none, &second};
  const auto all = ground.Facts([&](pg::Tx& tx) {
    return ground.store.LoadFacts(tx, std::span<const ImportSubjects* const>(asks));
  });
  REQUIRE(all.size() == 3);
  CHECK(all[0].facts.owners.at({1, std::string(16, 'b')}) == whole.id);
  CHECK(all[0].facts.subjects.at(whole.id) == whole);
  CHECK(all[0].facts.suppressed.contains({1, std::string(16, 'x')}));
  CHECK_FALSE(all[0].facts.owners.contains({1, std::string(16, 'x')}));
  CHECK(all[2].facts.owners.at({4, std::string(16, 'a')}) == whole.id);
  CHECK_FALSE(all[2].facts.owners.contains({9, std::string(16, 'z')}));
}

TEMPLATE_TEST_CASE("an erased person stays, empty, and the keyed hashes with them", "",
                   REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Subject person = Whole();
  REQUIRE(Save(ground, {person}) == absl::OkStatus());
  EraseSubjectOutcome erased{.subject = Person(), .suppressed = person.identifiers};
  erased.subject.id = person.id;
  erased.subject.erased_at = At("2026-05-01");
  const auto save = [&] {
    return ground.Commit([&](pg::Tx& tx) { ground.store.Save(tx, erased); });
  };
  REQUIRE(save() == absl::OkStatus());  // it was erased before: nothing to do
  CHECK(Read(ground, person.id) == person);
  erased.append = true;
  REQUIRE(save() == absl::OkStatus());
  CHECK(Read(ground, person.id) == erased.subject);
  CHECK(Owners(ground, {Key(1, 'a')}) == std::vector<SubjectId>{SubjectId()});
  REQUIRE(save() == absl::OkStatus());  // the same hashes again are no fault
}

TEMPLATE_TEST_CASE("an erasure reaches those merged into the person", "", REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  Subject survivor = Person({Identifier(1, 'a')}), merged = Whole(), other = Person();
  merged.identifiers = {Identifier(1, 'm')};
  merged.merged_into = survivor.id;
  REQUIRE(Save(ground, {survivor, other}) == absl::OkStatus());
  REQUIRE(Save(ground, {merged}) == absl::OkStatus());
  const auto merged_into = [&](const SubjectId& id) {
    return Must(ground.store.ReadMerged(ground.connection(), id));
  };
  CHECK(merged_into(survivor.id) == std::vector<SubjectId>{merged.id});
  CHECK(merged_into(other.id).empty());
  const SubjectEntry entries[] = {{survivor.id, 4}, {merged.id, 5}, {other.id, 6}};
  REQUIRE(ground.Commit([&](pg::Tx& tx) {
    ground.store.Save(tx, std::span<const SubjectEntry>(entries));
  }) == absl::OkStatus());
  EraseSubjectOutcome erased{
      .subject = survivor, .suppressed = survivor.identifiers, .append = true};
  erased.subject.identifiers.clear();
  erased.subject.erased_at = At("2026-05-01");
  REQUIRE(ground.Commit([&](pg::Tx& tx) { ground.store.Save(tx, erased); }) == absl::OkStatus());
  const std::optional<Subject> left = Read(ground, merged.id);
  REQUIRE(left.has_value());
  CHECK(left->identifiers.empty());
  CHECK(left->sealed_name.empty());
  CHECK(left->erased_at == erased.subject.erased_at);
  CHECK(Owners(ground, {Key(1, 'm')}) == std::vector<SubjectId>{SubjectId()});
  const auto facts = ground.Facts([&](pg::Tx& tx) {
    const ImportSubjects ask = Rows({Identifier(1, 'm')});
    const ImportSubjects* const asks[] = {&ask};
    return ground.store.LoadFacts(tx, std::span<const ImportSubjects* const>(asks));
  });
  CHECK(facts[0].facts.suppressed.contains({1, std::string(16, 'm')}));
  CHECK(Read(ground, other.id) == other);
}

TEMPLATE_TEST_CASE("people are loaded in pairs, those who are not there as absent", "",
                   REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Subject one = Whole(), other = Person();
  const SubjectId nobody(NewUuidV4());
  REQUIRE(Save(ground, {one, other}) == absl::OkStatus());
  const RegistryStore::SubjectPair pairs[] = {
      {one.id, other.id}, {nobody, one.id}, {other.id, SubjectId()}};
  const auto all = ground.Facts([&](pg::Tx& tx) { return ground.store.LoadSubjects(tx, pairs); });
  REQUIRE(all.size() == 3);
  CHECK(all[0].facts.subject == one);
  CHECK(all[0].facts.other == other);
  CHECK(all[1].facts.subject == std::nullopt);
  CHECK(all[1].facts.other == one);
  CHECK(all[2].facts.subject == other);
  CHECK(all[2].facts.other == std::nullopt);
}

TEMPLATE_TEST_CASE("disclosures and accesses come by person, in order, page by page", "",
                   REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Subject one = Person(), other = Person();
  REQUIRE(Save(ground, {one, other}) == absl::OkStatus());
  std::vector<Disclosure> told;
  std::vector<Access> seen;
  for (int i = 0; i < 4; ++i) {
    const absl::Time at = At("2026-03-01 10:00") + absl::Minutes(i);
    const SubjectId& whose = i == 2 ? other.id : one.id;
    told.push_back({DisclosureId(NewUuidV7(at)),
                    whose,
                    "Skatteverket",
                    "authority",
                    {"name", "salary"},
                    "payroll",
                    at});
    seen.push_back({NewUuidV7(at), whose, at, "GetSubject", "support", "staff:1"});
  }
  REQUIRE(ground.Commit([&](pg::Tx& tx) {
    const Disclosure* const disclosures[] = {&told[3], &told[0], &told[2], &told[1]};
    const Access* const accesses[] = {&seen[1], &seen[0], &seen[2], &seen[3]};
    ground.store.Save(tx, std::span<const Disclosure* const>(disclosures));
    ground.store.Save(tx, std::span<const Access* const>(accesses));
  }) == absl::OkStatus());
  const auto disclosures = [&](const Uuid& after, int rows) {
    return Must(ground.store.ReadDisclosures(ground.connection(), one.id, after, rows));
  };
  const auto accesses = [&](const Uuid& after, int rows) {
    return Must(ground.store.ReadAccesses(ground.connection(), one.id, after, rows));
  };
  CHECK(disclosures({}, 50) == std::vector<Disclosure>{told[0], told[1], told[3]});
  CHECK(disclosures({}, 1) == std::vector<Disclosure>{told[0]});
  CHECK(disclosures(told[0].id.value(), 2) == std::vector<Disclosure>{told[1], told[3]});
  CHECK(disclosures(told[3].id.value(), 2).empty());
  CHECK(accesses({}, 50) == std::vector<Access>{seen[0], seen[1], seen[3]});
  CHECK(accesses(seen[0].id, 1) == std::vector<Access>{seen[1]});
  CHECK(accesses(seen[3].id, 1).empty());
}

}  // namespace varsam::registry
