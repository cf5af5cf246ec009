// The contract of ConsentStore: objections, preferences, suppressions. Both implementations, the
// same cases.
#include <catch2/catch.hpp>

#include "services/consent/store/postgres_consent_store.h"
#include "tests/contract/store_ground.h"
#include "tests/support/days.h"
#include "tests/support/memory_consent_store.h"

namespace varsam::consent {
namespace {

using testing::At;
using testing::Must;
using testing::StoreGround;

template <typename Store, typename T>
absl::Status Save(StoreGround<Store>& ground, const std::vector<Placed<T>>& rows) {
  return ground.Commit(
      [&](pg::Tx& tx) { ground.store.Save(tx, std::span<const Placed<T>>(rows)); });
}

// The facts of these asks, loaded together.
template <typename Store, typename Ask>
auto Load(StoreGround<Store>& ground, const std::vector<Ask>& asks) {
  std::vector<const Ask*> each;
  for (const Ask& ask : asks) each.push_back(&ask);
  return ground.Facts(
      [&](pg::Tx& tx) { return ground.store.LoadFacts(tx, std::span<const Ask* const>(each)); });
}

ObjectionOutcome Marketing(const SubjectId& subject, const std::string& scope,
                           std::string_view at) {
  return {.objection = {.id = NewUuidV7(At(at)),
                        .subject = subject,
                        .marketing_scope = scope,
                        .at = At(at),
                        .channel = "web"}};
}

RecordedConsent Choice(const SubjectId& subject, ConsentEventType type, std::string_view at) {
  RecordedConsent consent;
  consent.id = NewUuidV7(At(at));
  consent.subject = subject;
  consent.purpose = PurposeId("news");
  consent.type = type;
  consent.at = consent.recorded_at = At(at);
  return consent;
}

AddSuppressionOutcome Suppressed(int type, char hash, const std::string& scope) {
  return {.suppression = {type, std::string(16, hash), scope}, .id = NewUuidV4()};
}

}  // namespace

#define CONSENT_STORES PostgresConsentStore, MemoryConsentStore

TEMPLATE_TEST_CASE("an objection is read back, and again when it is decided", "", CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId subject(NewUuidV4());
  ObjectionOutcome made{.objection = {.id = NewUuidV7(At("2026-03-01")),
                                      .subject = subject,
                                      .purposes = {"analytics", "fraud-prevention"},
                                      .at = At("2026-03-01 09:00"),
                                      .channel = "mail"}};
  const auto read = [&](const Uuid& id) {
    return Must(ground.store.ReadObjection(ground.connection(), id));
  };
  CHECK(read(made.objection.id) == std::nullopt);
  REQUIRE(Save<TestType, ObjectionOutcome>(ground, {{&made, 4}}) == absl::OkStatus());
  made.objection.ledger_index = 4;
  CHECK(read(made.objection.id) == made.objection);

  const Uuid nobody = NewUuidV4();
  const auto facts = Load<TestType, DecideObjection>(
      ground, {{.objection = nobody}, {.objection = made.objection.id}, {.objection = nobody}});
  REQUIRE(facts.size() == 3);
  CHECK_FALSE(facts[0].objection.has_value());
  CHECK(facts[1].objection == made.objection);
  CHECK_FALSE(facts[2].objection.has_value());

  ObjectionOutcome decided = made;
  decided.objection.outcome = "rejected";
  decided.objection.decided_at = At("2026-03-09 15:30");
  decided.sealed_reasons = std::string("\0sealed", 7);
  REQUIRE(Save<TestType, ObjectionOutcome>(ground, {{&decided, 6}}) == absl::OkStatus());
  decided.objection.ledger_index = 6;
  CHECK(read(made.objection.id) == decided.objection);
}

TEMPLATE_TEST_CASE("a click in a mail finds the latest objection of its scope or wider", "",
                   CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId mailed(NewUuidV4()), all(NewUuidV4()), called(NewUuidV4()), none(NewUuidV4());
  const std::vector<ObjectionOutcome> made = {
      Marketing(mailed, "email", "2026-03-01"), Marketing(mailed, "email", "2026-03-05"),
      Marketing(mailed, "email", "2026-03-03"), Marketing(all, "all", "2026-03-02"),
      Marketing(all, "email", "2026-03-01"),    Marketing(called, "phone", "2026-03-04")};
  std::vector<Placed<ObjectionOutcome>> rows;
  for (const auto& one : made) rows.push_back({&one, rows.size()});
  REQUIRE(Save(ground, rows) == absl::OkStatus());
  const auto facts = Load<TestType, Unsubscribe>(
      ground,
      {{mailed, false}, {mailed, true}, {all, false}, {all, true}, {called, false}, {none, true}});
  REQUIRE(facts.size() == 6);
  REQUIRE(facts[0].latest.has_value());
  CHECK(facts[0].latest->at == At("2026-03-05"));
  CHECK_FALSE(facts[1].latest.has_value());
  REQUIRE(facts[2].latest.has_value());
  CHECK(facts[2].latest->marketing_scope == "all");
  REQUIRE(facts[3].latest.has_value());
  CHECK(facts[3].latest->marketing_scope == "all");
  CHECK_FALSE(facts[4].latest.has_value());
  CHECK_FALSE(facts[5].latest.has_value());
  for (const UnsubscribeFacts& one : facts) CHECK_FALSE(one.latest_consent_given.has_value());
}

TEMPLATE_TEST_CASE("a click in a mail finds when consent was last given", "", CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId gave(NewUuidV4()), refused(NewUuidV4());
  const std::vector<RecordedConsent> choices = {
      Choice(gave, ConsentEventType::kGiven, "2026-03-01"),
      Choice(gave, ConsentEventType::kRenewed, "2026-03-04"),
      Choice(gave, ConsentEventType::kWithdrawn, "2026-03-06"),
      Choice(refused, ConsentEventType::kRefused, "2026-03-02"),
      Choice(refused, ConsentEventType::kRequested, "2026-03-03")};
  std::vector<Placed<RecordedConsent>> rows;
  for (const auto& one : choices) rows.push_back({&one, rows.size()});
  REQUIRE(Save(ground, rows) == absl::OkStatus());
  const auto facts = Load<TestType, Unsubscribe>(ground, {{refused, false}, {gave, true}});
  REQUIRE(facts.size() == 2);
  CHECK_FALSE(facts[0].latest_consent_given.has_value());
  CHECK(facts[1].latest_consent_given == At("2026-03-04"));
}

TEMPLATE_TEST_CASE("preferences are the last ones saved, or none", "", CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId one(NewUuidV4()), other(NewUuidV4()), nobody(NewUuidV4());
  const auto read = [&](const SubjectId& subject) {
    return Must(ground.store.ReadPreferences(ground.connection(), subject));
  };
  CHECK(read(one) == Preferences{.subject = one});
  Preferences first{
      .subject = one,
      .topics = {{"events", true, At("2026-03-01 08:00")}, {"jobs", false, At("2026-03-02 09:30")}},
      .revision = 1};
  const Preferences stopped{.subject = other, .global_stop = true, .revision = 1};
  REQUIRE(Save<TestType, Preferences>(ground, {{&first, 1}, {&stopped, 2}}) == absl::OkStatus());
  CHECK(read(one) == first);
  CHECK(read(other) == stopped);
  first.topics.erase(first.topics.begin());
  first.revision = 2;
  REQUIRE(Save<TestType, Preferences>(ground, {{&first, 3}}) == absl::OkStatus());
  CHECK(read(one) == first);
  const auto facts = Load<TestType, UpdatePreferences>(
      ground, {{.subject = nobody}, {.subject = other}, {.subject = one}});
  REQUIRE(facts.size() == 3);
  CHECK(facts[0].current == Preferences{.subject = nobody});
  CHECK(facts[1].current == stopped);
  CHECK(facts[2].current == first);
}

TEMPLATE_TEST_CASE("a suppressed address is found by type, hash and scope", "", CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const AddSuppressionOutcome mail = Suppressed(1, 'a', "all"), phone = Suppressed(2, 'a', "phone");
  REQUIRE(Save<TestType, AddSuppressionOutcome>(ground, {{&mail, 11}, {&phone, 12}}) ==
          absl::OkStatus());
  const auto facts = Load<TestType, AddSuppression>(
      ground, {Suppressed(1, 'b', "all").suppression, mail.suppression,
               Suppressed(1, 'a', "email").suppression, phone.suppression});
  REQUIRE(facts.size() == 4);
  CHECK_FALSE(facts[0].existing.has_value());
  CHECK(facts[1].existing == mail.id);
  CHECK(facts[1].existing_index == 11);
  CHECK_FALSE(facts[2].existing.has_value());
  CHECK(facts[3].existing == phone.id);
  using Address = ConsentStore::Address;
  const Address addresses[] = {{1, std::string(16, 'a')},
                               {1, std::string(16, 'b')},
                               {2, std::string(16, 'a')},
                               {3, std::string(16, 'a')}};
  CHECK(Must(ground.store.ReadSuppressed(ground.connection(), addresses)) ==
        std::vector<bool>{true, false, true, false});
  CHECK(Must(ground.store.ReadSuppressed(ground.connection(), {})).empty());
}

TEMPLATE_TEST_CASE("an address is suppressed once in a scope; a second row refuses the commit", "",
                   CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const AddSuppressionOutcome first = Suppressed(1, 'a', "all"), same = Suppressed(1, 'a', "all"),
                              wider = Suppressed(1, 'a', "email");
  REQUIRE(Save<TestType, AddSuppressionOutcome>(ground, {{&first, 1}}) == absl::OkStatus());
  CHECK(Save<TestType, AddSuppressionOutcome>(ground, {{&wider, 2}, {&same, 3}}).code() ==
        absl::StatusCode::kAlreadyExists);
  const auto facts = Load<TestType, AddSuppression>(ground, {wider.suppression, first.suppression});
  CHECK_FALSE(facts[0].existing.has_value());
  CHECK(facts[1].existing == first.id);
}

}  // namespace varsam::consent
