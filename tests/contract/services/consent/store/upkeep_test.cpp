// The contract of ConsentStore: links, confirmations, what a state depends on, reviews of
// suppressed addresses and the end of proofs. Both implementations, the same cases.
#include <catch2/catch.hpp>

#include <set>

#include "services/consent/store/postgres_consent_store.h"
#include "tests/contract/store_ground.h"
#include "tests/support/days.h"
#include "tests/support/memory_consent_store.h"

namespace varsam::consent {
namespace {

using testing::At;
using testing::Must;
using testing::StoreGround;

const std::vector<std::string> kPurposes = {"pool", "news"};

template <typename Store, typename T>
absl::Status Save(StoreGround<Store>& ground, const std::vector<T>& rows) {
  std::vector<Placed<T>> placed;
  for (const T& row : rows) placed.push_back({&row, placed.size() + 1});
  return ground.Commit(
      [&](pg::Tx& tx) { ground.store.Save(tx, std::span<const Placed<T>>(placed)); });
}

template <typename Store, typename Ask>
auto Load(StoreGround<Store>& ground, const std::vector<Ask>& asks) {
  std::vector<const Ask*> each;
  for (const Ask& ask : asks) each.push_back(&ask);
  return ground.Facts(
      [&](pg::Tx& tx) { return ground.store.LoadFacts(tx, std::span<const Ask* const>(each)); });
}

RecordedConsent Choice(const SubjectId& subject, ConsentEventType type, std::string_view at,
                       std::string_view expires = "") {
  RecordedConsent consent;
  consent.id = NewUuidV7(At(at));
  consent.subject = subject;
  consent.purpose = PurposeId("pool");
  consent.type = type;
  consent.at = consent.recorded_at = At(at);
  consent.mechanism = "button";
  if (!expires.empty()) consent.expires_at = At(expires);
  return consent;
}

template <typename Store>
std::set<SubjectId> Ended(StoreGround<Store>& ground, std::string_view before) {
  std::set<SubjectId> subjects;
  ProofPlace place;
  while (true) {
    const ConsentStore::EndedProofs ended =
        Must(ground.store.ReadEndedProofs(ground.connection(), kPurposes, At(before), place));
    for (const ProofHistory& one : ended.histories) subjects.insert(one.subject);
    if (!ended.next) return subjects;
    CHECK(place < *ended.next);
    place = *ended.next;
  }
}

}  // namespace

#define CONSENT_STORES PostgresConsentStore, MemoryConsentStore

TEMPLATE_TEST_CASE("a link is read back, found from both ends, and undone once", "",
                   CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId person(NewUuidV4()), browser(NewUuidV4()), other(NewUuidV4());
  SubjectLink link{.id = NewUuidV7(At("2026-03-01")),
                   .subject = person,
                   .browser = browser,
                   .at = At("2026-03-01 09:00"),
                   .channel = "web",
                   .evidence_reference = "sign-in 7"};
  REQUIRE(Save<TestType, SubjectLink>(ground, {link}) == absl::OkStatus());
  const auto read = Must(ground.store.ReadLink(ground.connection(), link.id));
  REQUIRE(read.has_value());
  CHECK(read->browser == browser);
  CHECK(read->evidence_reference == "sign-in 7");
  CHECK_FALSE(Must(ground.store.ReadLink(ground.connection(), NewUuidV4())).has_value());

  auto facts = Load<TestType, LinkSubjects>(
      ground, {{.subject = other, .browser = browser},  // the browser is taken
               {.subject = browser, .browser = other},  // the person is a browser
               {.subject = other, .browser = person},   // the browser is a person
               {.subject = other, .browser = SubjectId(NewUuidV4())}});
  REQUIRE(facts.size() == 4);
  REQUIRE(facts[0].standing.has_value());
  CHECK(facts[0].standing->id == link.id);
  CHECK(facts[1].person_is_browser);
  CHECK(facts[2].browser_is_person);
  CHECK_FALSE(facts[3].standing.has_value());
  CHECK_FALSE((facts[3].browser_is_person || facts[3].person_is_browser));

  link.undone_at = At("2026-03-02");
  REQUIRE(Save<TestType, SubjectLink>(ground, {link}) == absl::OkStatus());
  const auto undone = Load<TestType, UndoLink>(ground, {{link.id}, {NewUuidV4()}});
  REQUIRE(undone[0].link.has_value());
  CHECK(undone[0].link->undone_at == link.undone_at);
  CHECK_FALSE(undone[1].link.has_value());
  facts = Load<TestType, LinkSubjects>(ground, {{.subject = other, .browser = browser}});
  CHECK_FALSE(facts[0].standing.has_value());
}

TEMPLATE_TEST_CASE("a request is confirmed once, and not what was stopped since", "",
                   CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId once(NewUuidV4()), refused(NewUuidV4()), objected(NewUuidV4()),
      stopped(NewUuidV4());
  std::vector<RecordedConsent> asked;
  for (const SubjectId& who : {once, refused, objected, stopped}) {
    asked.push_back(Choice(who, ConsentEventType::kRequested, "2026-03-01 10:00"));
  }
  REQUIRE(Save(ground, asked) == absl::OkStatus());
  REQUIRE(Save<TestType, RecordedConsent>(
              ground, {Choice(refused, ConsentEventType::kRefused, "2026-03-01 10:00")}) ==
          absl::OkStatus());
  REQUIRE(Save<TestType, ObjectionOutcome>(
              ground, {{.objection = {.id = NewUuidV7(At("2026-03-02")),
                                      .subject = objected,
                                      .marketing_scope = "email",
                                      .at = At("2026-03-02"),
                                      .channel = "mail"}}}) == absl::OkStatus());
  Preferences stop{.subject = stopped, .global_stop = true, .revision = 1};
  stop.global_stop_at = At("2026-03-03");
  REQUIRE(Save<TestType, Preferences>(ground, {stop}) == absl::OkStatus());

  std::vector<ConfirmConsent> asks;
  for (const RecordedConsent& one : asked) asks.push_back({one.id, At("2026-03-08")});
  asks.push_back({NewUuidV4(), At("2026-03-08")});
  auto facts = Load(ground, asks);
  REQUIRE(facts.size() == 5);
  CHECK(facts[0].requested == asked[0]);
  CHECK_FALSE((facts[0].confirmed || facts[0].stopped_since));
  CHECK(facts[1].stopped_since);
  CHECK(facts[2].stopped_since);
  CHECK(facts[3].stopped_since);
  CHECK_FALSE(facts[4].requested.has_value());

  RecordedConsent given = Choice(once, ConsentEventType::kGiven, "2026-03-02 08:00");
  given.confirms = asked[0].id;
  const RecordedConsent* const all[] = {&given};
  const auto confirm = [&](pg::Tx& tx) { ground.store.SaveConfirmations(tx, all); };
  REQUIRE(ground.Commit(confirm) == absl::OkStatus());
  facts = Load(ground, asks);
  CHECK(facts[0].confirmed);
  CHECK_FALSE(ground.Commit(confirm).ok());  // a second row refuses the commit
}

TEMPLATE_TEST_CASE("of each kind of choice the latest is enough for a state", "", CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId who(NewUuidV4());
  std::vector<RecordedConsent> all;
  for (int i = 0; i < 30; ++i) {
    const std::string at = "2026-03-" + std::string(i < 9 ? "0" : "") + std::to_string(i + 1);
    all.push_back(
        Choice(who, i % 2 == 0 ? ConsentEventType::kGiven : ConsentEventType::kWithdrawn, at));
  }
  all.push_back(Choice(who, ConsentEventType::kGiven, "2026-02-01"));
  all.back().purpose = PurposeId("news");
  REQUIRE(Save(ground, all) == absl::OkStatus());
  const auto latest = [&](const std::string& purpose) {
    std::set<Uuid> ids;
    for (const RecordedConsent& one :
         Must(ground.store.ReadLatestConsents(ground.connection(), who, purpose))) {
      ids.insert(one.id);
    }
    return ids;
  };
  CHECK(latest("pool") == std::set<Uuid>{all[28].id, all[29].id});
  CHECK(latest("") == std::set<Uuid>{all[28].id, all[29].id, all[30].id});
  CHECK(Must(ground.store.ReadConsent(ground.connection(), all[3].id)) == all[3]);
  CHECK_FALSE(Must(ground.store.ReadConsent(ground.connection(), NewUuidV4())).has_value());
}

TEMPLATE_TEST_CASE("a suppressed address comes up for review, is kept or goes", "",
                   CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  std::vector<AddSuppressionOutcome> added;
  for (const char* at : {"2024-01-10", "2024-02-10", "2026-01-10"}) {
    added.push_back(
        {.suppression = {1, std::string(16, static_cast<char>('a' + added.size())), "all"},
         .id = NewUuidV7(At(at))});
  }
  REQUIRE(Save(ground, added) == absl::OkStatus());
  const auto due = [&](std::string_view before, const Uuid& after = {}, int rows_max = 50) {
    std::vector<Uuid> ids;
    for (const auto& one :
         Must(ground.store.ReadReviews(ground.connection(), At(before), after, rows_max))) {
      ids.push_back(one.id);
    }
    return ids;
  };
  CHECK(due("2024-01-10").empty());
  CHECK(due("2024-01-11") == std::vector<Uuid>{added[0].id});
  CHECK(due("2024-03-01") == std::vector<Uuid>{added[0].id, added[1].id});
  CHECK(due("2024-03-01", added[0].id) == std::vector<Uuid>{added[1].id});
  CHECK(due("2024-03-01", {}, 1) == std::vector<Uuid>{added[0].id});

  const auto facts =
      Load<TestType, ReviewSuppression>(ground, {{added[1].id, false}, {NewUuidV4(), true}});
  CHECK(facts[0].ledger_index == 2u);
  CHECK_FALSE(facts[1].ledger_index.has_value());
  const ReviewSuppressionOutcome kept{added[0].id, true, At("2026-02-01"), 1},
      gone{added[1].id, false, At("2026-02-01"), 2};
  const ReviewSuppressionOutcome* const both[] = {&kept, &gone};
  REQUIRE(ground.Commit([&](pg::Tx& tx) { ground.store.Save(tx, both); }) == absl::OkStatus());
  CHECK(due("2026-02-02") == std::vector<Uuid>{added[0].id, added[2].id});
  CHECK(due("2026-01-31") == std::vector<Uuid>{added[2].id});
  const ConsentStore::Address addresses[] = {{1, std::string(16, 'a')}, {1, std::string(16, 'b')}};
  CHECK(Must(ground.store.ReadSuppressed(ground.connection(), addresses)) ==
        std::vector<bool>{true, false});
}

TEMPLATE_TEST_CASE("histories end by a stop or by their own date, and go whole", "",
                   CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId withdrew(NewUuidV4()), ran_out(NewUuidV4()), stands(NewUuidV4()),
      again(NewUuidV4()), asked(NewUuidV4()), linked(NewUuidV4()), elsewhere(NewUuidV4());
  std::vector<RecordedConsent> all = {
      Choice(withdrew, ConsentEventType::kGiven, "2020-01-01"),
      Choice(withdrew, ConsentEventType::kWithdrawn, "2020-02-01"),
      Choice(ran_out, ConsentEventType::kGiven, "2020-01-01", "2021-01-01"),
      Choice(stands, ConsentEventType::kRequested, "2020-01-01"),
      Choice(stands, ConsentEventType::kGiven, "2020-01-02"),
      Choice(again, ConsentEventType::kWithdrawn, "2020-01-01"),
      Choice(again, ConsentEventType::kGiven, "2020-03-01", "2026-01-01"),
      Choice(asked, ConsentEventType::kRequested, "2020-01-01"),
      Choice(linked, ConsentEventType::kRefused, "2020-01-01"),
      Choice(elsewhere, ConsentEventType::kRefused, "2020-01-01")};
  all.back().purpose = PurposeId("contract");
  REQUIRE(Save(ground, all) == absl::OkStatus());
  REQUIRE(Save<TestType, SubjectLink>(ground, {{.id = NewUuidV4(),
                                                .subject = linked,
                                                .browser = SubjectId(NewUuidV4()),
                                                .at = At("2020-02-01")}}) == absl::OkStatus());
  CHECK(Ended(ground, "2020-01-01").empty());
  CHECK(Ended(ground, "2020-01-02") == std::set<SubjectId>{asked});
  CHECK(Ended(ground, "2020-02-02") == std::set<SubjectId>{asked, withdrew});
  CHECK(Ended(ground, "2025-12-31") == std::set<SubjectId>{asked, withdrew, ran_out});
  CHECK(Ended(ground, "2026-01-02") == std::set<SubjectId>{asked, withdrew, ran_out, again});

  const auto facts = Load<TestType, ForgetProofs>(
      ground,
      {{.histories = {{withdrew, "pool", At("2020-02-01")}, {again, "pool", At("2020-01-01")}},
        .before = At("2020-02-15")}});
  REQUIRE(facts[0].each.size() == 2);
  CHECK(facts[0].each[0].consents.size() == 2);
  CHECK_FALSE(facts[0].each[0].newer);
  CHECK(facts[0].each[1].newer);
}

TEMPLATE_TEST_CASE("what is held in front does not hide what is due behind it", "",
                   CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  std::vector<RecordedConsent> all;
  std::set<SubjectId> subjects;
  for (int i = 0; i < kProofsPerTickMax + 5; ++i) {
    const SubjectId who(NewUuidV4());
    subjects.insert(who);
    all.push_back(Choice(who, ConsentEventType::kRefused, "2020-01-01"));
  }
  REQUIRE(Save(ground, all) == absl::OkStatus());
  CHECK(Ended(ground, "2021-01-01") == subjects);
  const auto first =
      Must(ground.store.ReadEndedProofs(ground.connection(), kPurposes, At("2021-01-01"), {}));
  CHECK(first.histories.size() == kProofsPerTickMax);
  CHECK(first.next.has_value());
}

TEMPLATE_TEST_CASE("forgotten choices and their confirmations are gone", "", CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId who(NewUuidV4());
  const std::vector<RecordedConsent> all = {
      Choice(who, ConsentEventType::kRequested, "2020-01-01"),
      Choice(who, ConsentEventType::kGiven, "2020-01-02", "2020-06-01")};
  REQUIRE(Save(ground, all) == absl::OkStatus());
  ForgetProofsOutcome outcome{.histories = {{who, "pool", At("2020-06-01")}},
                              .before = At("2021-01-01"),
                              .consents = {all[0].id, all[1].id},
                              .ledger_indexes = {1, 2}};
  const ForgetProofsOutcome* const each[] = {&outcome};
  REQUIRE(ground.Commit([&](pg::Tx& tx) { ground.store.Save(tx, each); }) == absl::OkStatus());
  CHECK_FALSE(Must(ground.store.ReadConsent(ground.connection(), all[0].id)).has_value());
  CHECK_FALSE(Must(ground.store.ReadLedgerIndex(ground.connection(), all[1].id)).has_value());
  CHECK(Ended(ground, "2021-01-01").empty());
}

}  // namespace varsam::consent
