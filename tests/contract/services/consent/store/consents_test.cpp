// The contract of ConsentStore: choices. Both implementations, the same cases.
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
using Row = Placed<RecordedConsent>;

// Ids of rows rise with time.
Uuid RowId(int minute) { return NewUuidV7(At("2026-03-01 10:00") + absl::Minutes(minute)); }

RecordedConsent Given(const SubjectId& subject, const std::string& purpose, int minute = 0) {
  RecordedConsent consent;
  consent.id = RowId(minute);
  consent.subject = subject;
  consent.purpose = PurposeId(purpose);
  consent.type = ConsentEventType::kGiven;
  consent.at = At("2026-03-01 09:59") + absl::Minutes(minute);
  consent.recorded_at = At("2026-03-01 10:00") + absl::Minutes(minute);
  consent.verified = true;
  consent.mechanism = "unticked_box";
  consent.notice = {"talent-pool", 3, "sv", std::string(64, 'a')};
  consent.channel = "web";
  return consent;
}

template <typename Store>
absl::Status Save(StoreGround<Store>& ground, const std::vector<Row>& rows) {
  return ground.Commit([&](pg::Tx& tx) { ground.store.Save(tx, std::span<const Row>(rows)); });
}

template <typename Store>
std::vector<RecordedConsent> Read(StoreGround<Store>& ground, const SubjectId& subject,
                                  const std::string& purpose = "", const Uuid& after = {},
                                  int rows_max = 50) {
  return Must(ground.store.ReadConsents(ground.connection(), subject, purpose, after, rows_max));
}

template <typename Store>
std::optional<uint64_t> Index(StoreGround<Store>& ground, const Uuid& consent) {
  return Must(ground.store.ReadLedgerIndex(ground.connection(), consent));
}

}  // namespace

#define CONSENT_STORES PostgresConsentStore, MemoryConsentStore

TEMPLATE_TEST_CASE("a first grant is read back whole, with its place in the ledger", "",
                   CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId subject(NewUuidV4());
  RecordedConsent all = Given(subject, "talent-pool");
  all.actor = Actor::kStaff;
  all.recipient = "recruiter";
  all.evidence_reference = "form 17, arkiv";
  all.expires_at = At("2028-03-01");
  RecordedConsent bare;
  bare.id = RowId(1);
  bare.subject = subject;
  bare.purpose = PurposeId("news");
  bare.type = ConsentEventType::kRefused;
  bare.at = bare.recorded_at = At("2026-03-01");
  CHECK(Read(ground, subject).empty());
  CHECK(Index(ground, all.id) == std::nullopt);
  REQUIRE(Save(ground, {{&all, 7}, {&bare, 8}}) == absl::OkStatus());
  CHECK(Read(ground, subject) == std::vector<RecordedConsent>{all, bare});
  CHECK(Index(ground, all.id) == 7);
  CHECK(Index(ground, bare.id) == 8);
}

TEMPLATE_TEST_CASE("a replay that got as far as the store refuses its whole commit", "",
                   CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId subject(NewUuidV4());
  const RecordedConsent first = Given(subject, "talent-pool");
  REQUIRE(Save(ground, {{&first, 1}}) == absl::OkStatus());
  const RecordedConsent other = Given(subject, "news", 1);
  const absl::Status again = Save(ground, {{&other, 2}, {&first, 3}});
  CHECK(again.code() == absl::StatusCode::kAlreadyExists);
  CHECK(Read(ground, subject) == std::vector<RecordedConsent>{first});
  CHECK(Index(ground, first.id) == 1);
  CHECK(Index(ground, other.id) == std::nullopt);
}

TEMPLATE_TEST_CASE("a changed replay changes nothing that was recorded", "", CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId subject(NewUuidV4());
  const RecordedConsent first = Given(subject, "talent-pool");
  REQUIRE(Save(ground, {{&first, 1}}) == absl::OkStatus());
  RecordedConsent changed = first;
  changed.type = ConsentEventType::kRefused;
  CHECK(Save(ground, {{&changed, 2}}).code() == absl::StatusCode::kAlreadyExists);
  CHECK(Read(ground, subject) == std::vector<RecordedConsent>{first});
}

TEMPLATE_TEST_CASE("under a stale notice nothing follows, and nothing is saved", "",
                   CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId subject(NewUuidV4());
  RecordedConsent older = Given(subject, "talent-pool");
  older.notice.version = 2;
  REQUIRE(Save(ground, {{&older, 1}}) == absl::OkStatus());
  // The decision refused; its batch goes on without it.
  CHECK(Save(ground, {}) == absl::OkStatus());
  // The new text does not touch what was given under the old one.
  const RecordedConsent newer = Given(subject, "talent-pool", 1);
  REQUIRE(Save(ground, {{&newer, 2}}) == absl::OkStatus());
  const auto rows = Read(ground, subject);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].notice.version == 2);
  CHECK(rows[1].notice.version == 3);
}

TEMPLATE_TEST_CASE("a withdrawal stands after what it withdraws", "", CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId subject(NewUuidV4());
  const RecordedConsent given = Given(subject, "talent-pool");
  RecordedConsent withdrawn = Given(subject, "talent-pool", 5);
  withdrawn.type = ConsentEventType::kWithdrawn;
  withdrawn.notice = {};
  REQUIRE(Save(ground, {{&given, 1}}) == absl::OkStatus());
  REQUIRE(Save(ground, {{&withdrawn, 2}}) == absl::OkStatus());
  CHECK(Read(ground, subject) == std::vector<RecordedConsent>{given, withdrawn});
}

TEMPLATE_TEST_CASE("what is given up in a transaction was never there", "", CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const RecordedConsent given = Given(SubjectId(NewUuidV4()), "talent-pool");
  const Row rows[] = {{&given, 1}};
  ground.GiveUp([&](pg::Tx& tx) { ground.store.Save(tx, std::span<const Row>(rows)); });
  CHECK(Read(ground, given.subject).empty());
  REQUIRE(Save(ground, {{&given, 1}}) == absl::OkStatus());
  CHECK(Read(ground, given.subject).size() == 1);
}

TEMPLATE_TEST_CASE("choices come by person and purpose, in order, page by page", "",
                   CONSENT_STORES) {
  StoreGround<TestType> ground(Migrations());
  const SubjectId one(NewUuidV4()), other(NewUuidV4());
  std::vector<RecordedConsent> made;
  for (int i = 0; i < 5; ++i) made.push_back(Given(one, i % 2 ? "news" : "talent-pool", i));
  const RecordedConsent foreign = Given(other, "news", 2);
  // One batch, not in the order of time.
  REQUIRE(Save(ground, {{&made[3], 4},
                        {&made[0], 1},
                        {&foreign, 9},
                        {&made[4], 5},
                        {&made[1], 2},
                        {&made[2], 3}}) == absl::OkStatus());
  CHECK(Read(ground, one) == made);
  CHECK(Read(ground, one, "news") == std::vector<RecordedConsent>{made[1], made[3]});
  CHECK(Read(ground, one, "no-such-purpose").empty());
  CHECK(Read(ground, other) == std::vector<RecordedConsent>{foreign});
  CHECK(Read(ground, one, "", {}, 2) == std::vector<RecordedConsent>{made[0], made[1]});
  CHECK(Read(ground, one, "", made[1].id, 2) == std::vector<RecordedConsent>{made[2], made[3]});
  CHECK(Read(ground, one, "", made[3].id, 2) == std::vector<RecordedConsent>{made[4]});
  CHECK(Read(ground, one, "", made[4].id, 2).empty());
  CHECK(Read(ground, one, "talent-pool", made[0].id, 1) == std::vector<RecordedConsent>{made[2]});
}

}  // namespace varsam::consent
