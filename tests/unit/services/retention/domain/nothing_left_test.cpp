#include "services/retention/domain/nothing_left.h"

#include <catch2/catch.hpp>

#include "services/retention/domain/settle_people.h"
#include "tests/unit/services/retention/domain/kept_person.h"

namespace varsam::retention {
namespace {

using testing::At;

const absl::Time kNow = At("2026-11-25 12:00");
const HeardSystems kHeard = {"crm", "mailing"};
const HeardAt kHeardAt = {{"crm", At("2026-11-24")}, {"mailing", At("2026-11-24")}};
const SubjectHash kHash = [](const SubjectId&) { return std::string("hash"); };

PersonRecords OnlyPerson(const std::vector<Signal>& signals) {
  return PeopleAfter(signals, kNow).begin()->second;
}

// All of it disposed of yesterday.
PersonRecords Emptied() {
  PersonRecords records = OnlyPerson({IdleProspect("1", At("2024-11-20"))});
  for (Field& field : records.fields) field.disposed_at = At("2026-11-24");
  return records;
}

Hold HoldOn(const SubjectId& subject) {
  Hold hold;
  hold.matter = "T 9";
  hold.scope.subjects = {subject};
  hold.set_at = At("2026-11-01");
  return hold;
}

std::vector<ErasureResidue> Residue(const PersonRecords& records, std::vector<Hold> holds = {}) {
  return ResidueOf(*LexiumCatalogue(), records, holds, kHeard, kNow);
}

SettlePeopleFacts Waiting(const PersonRecords& records, std::vector<Hold> holds,
                          HeardAt heard = kHeardAt) {
  SettlePeopleFacts facts;
  facts.catalogue = LexiumCatalogue();
  facts.holds = std::move(holds);
  facts.heard = std::move(heard);
  facts.people = {records};
  DisposalRun run;
  run.id = RunId(NewUuidV7(kNow));
  run.operator_name = "anna";
  DisposalItem item;
  item.run = run.id;
  item.subject = records.person.id;
  item.system = "crm";
  item.data_categories = {"email", "name"};
  item.method = "delete";
  item.state = DisposalState::kDone;
  item.executed_at = At("2026-11-24");
  facts.waiting = {{records.person.id, run.id}};
  facts.runs = {run};
  facts.items = {item};
  return facts;
}

}  // namespace

TEST_CASE("a system that has never told of anybody is unknown, not empty") {
  PersonRecords records = Emptied();
  const auto unknown = [&](const HeardSystems& heard) {
    return UnknownSystems(*LexiumCatalogue(), records, heard);
  };
  CHECK(unknown(kHeard).empty());
  CHECK(unknown({"crm"}) == std::vector<std::string>{"mailing"});
  CHECK(unknown({}) == std::vector<std::string>{"crm", "mailing"});
  // Where customers' contacts are kept too.
  records.fields[0].subject_categories.push_back("customer_contact");
  CHECK(unknown({"crm", "mailing", "ops"}) == std::vector<std::string>{"email"});
  // Of nobody knows what kind of person: any system.
  for (Field& field : records.fields) field.subject_categories.clear();
  CHECK(unknown(kHeard).size() == LexiumCatalogue()->model.systems.size() - 2);
  records.fields[0].subject_categories = {"a kind the policy does not place"};
  CHECK(unknown(kHeard).size() == LexiumCatalogue()->model.systems.size() - 2);
}

TEST_CASE("a feed that has fallen silent is unknown again") {
  const HeardAt heard = {{"crm", kNow - kSilentAfter}, {"mailing", kNow - 2 * kSilentAfter}};
  CHECK(HeardLately(heard, kNow) == HeardSystems{"crm"});
  CHECK(SilentSystems(heard, kNow) == HeardSystems{"mailing"});
  const PersonRecords records = Emptied();
  CHECK(Settle(Waiting(records, {}, heard), kNow, Fresh(), kHash).certificates.empty());
  CHECK(Settle(Waiting(records, {}), kNow, Fresh(), kHash).certificates.size() == 1);
}

TEST_CASE("a run's residue names law and last day, or what stands in the way") {
  Signal payroll = IdleProspect("99", At("2026-11-01"));
  payroll.system = "payroll";
  payroll.data_categories = {"accounting_record"};
  payroll.subject_categories = {"prospect"};
  payroll.events = {{"fiscal_year_end", At("2025-12-31"), kNow}};
  const auto law = Residue(OnlyPerson({payroll}));
  REQUIRE(law.size() == 1);
  CHECK(law[0].code == "LEGAL_OBLIGATION");
  CHECK(law[0].reference == "Bokföringslagen (1999:1078) 7 kap. 2 §");
  CHECK(law[0].retain_until == "2032-12-31");

  const auto running = Residue(OnlyPerson({IdleProspect("1", At("2026-11-01"))}));
  REQUIRE(running.size() == 3);
  CHECK(running[0].code == "RETENTION_PERIOD");
  CHECK(running[0].retain_until == "2028-11-01");
  CHECK_FALSE(running[0].reference.empty());

  const PersonRecords due = OnlyPerson({IdleProspect("1", At("2024-11-01"))});
  CHECK(Residue(due).at(0).code == "NOT_ERASED");  // a task that failed
  const auto held = Residue(due, {HoldOn(due.person.id)});
  CHECK(held.at(0).code == "LEGAL_CLAIMS");
  CHECK(held.at(0).reference == "Art. 17(3)(e)");
  CHECK(held.at(0).retain_until.empty());

  PersonRecords restricted = due;
  restricted.person.restrictions = {
      {"case-1", {RestrictionGround::kClaims, At("2026-11-01"), std::nullopt}}};
  CHECK(Residue(restricted).at(0).code == "RESTRICTED");
}

TEST_CASE("what keeps a person known is told when no record is left") {
  const PersonRecords records = Emptied();
  CHECK(Residue(records).empty());
  const auto held = Residue(records, {HoldOn(records.person.id)});
  REQUIRE(held.size() == 1);
  CHECK(held[0].system == "subject_registry");
  CHECK(held[0].code == "LEGAL_CLAIMS");
  const auto unknown = ResidueOf(*LexiumCatalogue(), records, {}, {"crm"}, kNow);
  REQUIRE(unknown.size() == 1);
  CHECK(unknown[0].code == "SYSTEM_UNKNOWN");
  Certificate certificate;
  certificate.residue = unknown;
  const CertificateText text = TextOf(certificate);
  CHECK(text.sv.find("Systemet mailing har ännu inte berättat") != std::string::npos);
  CHECK(text.en.find("The system mailing has not told yet") != std::string::npos);
}

TEST_CASE("the release of the hold lets the person be forgotten, once, by itself") {
  const PersonRecords records = Emptied();
  Hold hold = HoldOn(records.person.id);
  CHECK(Settle(Waiting(records, {hold}), kNow, Fresh(), kHash).settled.empty());
  hold.released_at = kNow - absl::Hours(1);
  const auto outcome = Settle(Waiting(records, {hold}), kNow, Fresh(), kHash);
  REQUIRE(outcome.certificates.size() == 1);
  const Certificate& certificate = outcome.certificates[0];
  CHECK(certificate.nothing_left);
  CHECK(certificate.residue.empty());
  CHECK(certificate.executed.size() == 2);
  CHECK(certificate.operator_name == "anna");
  CHECK(certificate.backup_clear_by > calendar::LocalDay{});
  CHECK(TextOf(certificate).sv.find("Inget system har något kvar om dig.") != std::string::npos);
  CHECK(outcome.settled == std::vector<SubjectId>{records.person.id});
}

TEST_CASE("who waits is not forgotten while anything stands, and leaves when a record comes") {
  PersonRecords records = Emptied();
  SECTION("a restriction stands, and ends") {
    records.person.restrictions = {
        {"case-1", {RestrictionGround::kAccuracy, At("2026-11-01"), std::nullopt}}};
    CHECK(Settle(Waiting(records, {}), kNow, Fresh(), kHash).settled.empty());
    records.person.restrictions[0].restriction.to = At("2026-11-20");
    CHECK(Settle(Waiting(records, {}), kNow, Fresh(), kHash).certificates.size() == 1);
  }
  SECTION("a case stands") {
    records.person.erasures = {{"case-1", At("2026-11-24"), true}};
    CHECK(Settle(Waiting(records, {}), kNow, Fresh(), kHash).settled.empty());
  }
  SECTION("a system is unknown") {
    CHECK(Settle(Waiting(records, {}, {{"crm", kNow}}), kNow, Fresh(), kHash).settled.empty());
  }
  SECTION("a record came back") {
    records.fields[0].disposed_at.reset();
    const auto outcome = Settle(Waiting(records, {}), kNow, Fresh(), kHash);
    CHECK(outcome.certificates.empty());
    CHECK(outcome.settled.size() == 1);
  }
}

}  // namespace varsam::retention
