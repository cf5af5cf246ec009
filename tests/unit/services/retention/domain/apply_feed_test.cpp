#include "services/retention/domain/apply_feed.h"

#include <catch2/catch.hpp>

#include "services/retention/domain/grant_erasure.h"
#include "tests/unit/services/retention/domain/kept_person.h"

namespace varsam::retention {
namespace {

using testing::At;
using testing::Day;

const absl::Time kNow = At("2026-11-25 12:00");
const SubjectHash kHash = [](const SubjectId& id) { return "hash-" + id.ToString().substr(0, 4); };

ApplyFeedFacts FactsWith(People people) {
  ApplyFeedFacts facts;
  facts.people = {LexiumCatalogue(), std::move(people)};
  facts.heard = {{"crm", kNow}, {"mailing", kNow}};
  return facts;
}

ApplyFeedOutcome Applied(std::vector<FeedEffect> effects, const ApplyFeedFacts& facts) {
  auto outcome = Decide(ApplyFeed{"requests", 10, std::move(effects)}, facts, kNow, Fresh(), kHash);
  REQUIRE(outcome.ok());
  return *std::move(outcome);
}

}  // namespace

TEST_CASE("a batch that was applied before has no effect") {
  ApplyFeedFacts facts = FactsWith({});
  facts.cursor = 10;
  const auto outcome = Applied({SubjectErased{SubjectId(NewUuidV4()), kNow}}, facts);
  CHECK(outcome.stale);
  CHECK(outcome.replay.empty());
}

TEST_CASE("P10 an executed erasure is certified with what stays, its law and the backup horizon") {
  Signal crm = IdleProspect("7/1", At("2026-11-01"));
  Signal payroll = crm;
  payroll.system = "payroll";
  payroll.record_key = "99";
  payroll.data_categories = {"accounting_record"};
  payroll.events = {{"fiscal_year_end", At("2025-12-31"), kNow}};
  People people = PeopleAfter({crm, payroll}, kNow);
  const SubjectId subject = crm.subject;
  const GrantErasure grant{subject, "case-1", At("2026-11-24 10:00")};
  const auto granted = Decide(grant, {{LexiumCatalogue(), people}, {}}, kNow);
  REQUIRE(granted.ok());
  REQUIRE(granted->decisions.size() > 4);
  CHECK(granted->decisions[4].key.record_key.empty());  // systems that told of no record
  CHECK(granted->decisions[0].planned.outcome == ErasureOutcome::kErase);
  CHECK(granted->decisions[3].planned.law == "Bokföringslagen (1999:1078) 7 kap. 2 §");
  people[subject] = granted->changed;
  ErasureExecuted executed{subject, "case-1", {}, {}, {"v_crm"}};
  for (const char* category : {"email", "name", "sales_activity"}) {
    executed.executed.push_back(
        {"crm", "7/1", category, "delete", 1, At("2026-11-25 09:00"), "re-queried: 0"});
  }
  const auto outcome = Applied({executed}, FactsWith(people));
  REQUIRE(outcome.certificates.size() == 1);
  const Certificate& certificate = outcome.certificates[0];
  CHECK(certificate.backup_clear_by == Day("2026-12-30"));
  REQUIRE(certificate.residue.size() == 1);
  CHECK(certificate.residue[0].category == "accounting_record");
  CHECK(certificate.residue[0].code == "LEGAL_OBLIGATION");
  CHECK(certificate.residue[0].retain_until == "2032-12-31");
  const CertificateText text = TextOf(certificate);
  CHECK(text.sv.find("Sparas till och med fredag 31 december 2032") != std::string::npos);
  CHECK(text.en.find("crm: email, name, sales_activity (delete)") != std::string::npos);
  for (const Field& field : outcome.changed[0].fields) {
    CHECK(field.disposed_at.has_value() == (field.key.system == "crm"));
  }
  CHECK(outcome.replay.at(0).kind == "erasure");
}

TEST_CASE("a withdrawal ends what only consent held, and is remembered for replays") {
  Signal candidate = IdleProspect("c", At("2026-01-20"));
  candidate.system = "recruiting";
  candidate.data_categories = {"cv"};
  candidate.subject_categories = {"applicant"};
  candidate.flags = {};
  candidate.events = {{"application_rejected", At("2025-03-10"), kNow},
                      {"sign_in", At("2026-01-20"), kNow}};
  People people = PeopleAfter({candidate}, kNow);
  const auto given =
      Applied({ConsentChanged{candidate.subject, {"talent_pool", true, At("2025-03-12")}}},
              FactsWith(people));
  CHECK(given.changed[0].fields[0].standing.retain_until == Day("2028-01-20"));
  CHECK(given.replay.empty());
  people[candidate.subject] = given.changed[0];
  const auto withdrawn =
      Applied({ConsentChanged{candidate.subject, {"talent_pool", false, At("2026-06-01 10:00")}}},
              FactsWith(people));
  CHECK(withdrawn.changed[0].fields[0].standing.retain_until == Day("2027-03-10"));
  REQUIRE(withdrawn.limits.size() == 1);
  CHECK(withdrawn.replay.at(0).purpose == "talent_pool");
}

TEST_CASE("a merge moves the fields and leads later signals to the survivor") {
  const Signal kept = IdleProspect("1", At("2026-01-01"));
  const Signal gone = IdleProspect("2", At("2026-01-01"));
  People people = PeopleAfter({kept, gone}, kNow);
  const auto outcome = Applied({SubjectsMerged{kept.subject, gone.subject}}, FactsWith(people));
  REQUIRE(outcome.changed.size() == 2);
  for (const PersonRecords& one : outcome.changed) people[one.person.id] = one;
  CHECK(people[kept.subject].fields.size() == 6);
  CHECK(people[gone.subject].fields.empty());
  Signal late = gone;
  late.data_categories = {"phone"};
  people = PeopleAfter({late}, kNow, people);
  CHECK(people[kept.subject].fields.size() == 7);
}

TEST_CASE("finished items dispose, certify each person once, and end the run") {
  const Signal one = IdleProspect("1", At("2024-11-20"));
  const Signal two = IdleProspect("2", At("2024-11-20"));
  People people = PeopleAfter({one, two}, kNow);
  RunDisposalFacts run_facts;
  run_facts.catalogue = LexiumCatalogue();
  run_facts.candidates = Listed(people);
  const auto run = Decide(RunDisposal{{}, "anna", {}, {}}, run_facts, DisposalCaps{}, kNow,
                          NewUuidV7(kNow), Fresh());
  REQUIRE(run.ok());
  ApplyFeedFacts facts = FactsWith(people);
  facts.items = run->items;
  facts.runs = {run->run};
  for (auto& [id, records] : facts.people.people) {
    for (Field& field : records.fields) {
      for (const DisposalItem& item : run->items) {
        if (item.subject == id) field.item = item.id;
      }
    }
  }
  DisposalFinished finished;
  finished.results = {{run->items[0].id, true, {"", "", "", "", 3, kNow, "re-queried: 0"}, ""},
                      {run->items[1].id, false, {}, "timeout"}};
  const auto outcome = Applied({finished, finished}, facts);  // told twice, counted once
  REQUIRE(outcome.certificates.size() == 1);
  CHECK(outcome.certificates[0].nothing_left);
  REQUIRE(outcome.runs.size() == 1);
  CHECK(outcome.runs[0].items_done == 1);
  CHECK(outcome.runs[0].items_failed == 1);
  CHECK(outcome.runs[0].finished_at == kNow);
  for (const PersonRecords& records : outcome.changed) {
    const bool done = records.person.id == run->items[0].subject;
    for (const Field& field : records.fields) {
      CHECK(field.disposed_at.has_value() == done);
      CHECK_FALSE(field.item.has_value());  // a failed one comes back in the next plan
    }
  }
}

TEST_CASE("a person is forgotten after a run only when nothing is left and nothing stands in it") {
  const Signal gone = IdleProspect("1", At("2024-11-20"));
  Signal other = gone;
  other.record_key = "2";
  People people = PeopleAfter({gone}, kNow);
  std::vector<Hold> holds;
  bool forgotten = true, case_open = false, other_left = false;
  SECTION("nothing is left") {}
  SECTION("another record is left") {
    other.events = {{"reply", At("2026-11-20"), kNow}};
    people = PeopleAfter({gone, other}, kNow);
    forgotten = false;
    other_left = true;
  }
  SECTION("an erasure case is open") {
    people[gone.subject].person.erasures = {{"case-1", At("2026-11-24"), true}};
    forgotten = false;
    case_open = true;
  }
  SECTION("a hold names the person") {
    Hold hold;
    hold.id = HoldId(NewUuidV7(kNow));
    hold.matter = "T 9";
    hold.scope.subjects = {gone.subject};
    hold.scope.systems = {"email"};
    holds.push_back(hold);
    forgotten = false;
    SECTION("and was released") {
      holds[0].released_at = At("2026-11-20");
      forgotten = true;
    }
  }
  DisposalItem item;
  item.id = ItemId(NewUuidV7(kNow));
  item.run = RunId(NewUuidV7(kNow));
  item.subject = gone.subject;
  item.system = gone.system;
  item.record_key = "1";
  item.data_categories = gone.data_categories;
  item.state = DisposalState::kIssued;
  for (Field& field : people[gone.subject].fields) {
    if (field.key.record_key == "1") field.item = item.id;
  }
  ApplyFeedFacts facts = FactsWith(people);
  facts.items = {item};
  facts.runs = {{.id = item.run, .items_total = 1}};
  facts.holds = holds;
  DisposalFinished finished;
  finished.results = {{item.id, true, {"", "", "", "", 3, kNow, "re-queried: 0"}, ""}};
  const auto outcome = Applied({finished}, facts);
  REQUIRE(outcome.certificates.size() == 1);
  CHECK(outcome.certificates[0].nothing_left == forgotten);
  CHECK(outcome.certificates[0].residue.empty() == (forgotten || case_open));
  // Only who has no record left waits for the end of what stands.
  CHECK(outcome.waiting.size() == (forgotten || other_left ? 0 : 1));
}

TEST_CASE("what a hold keeps back from a case is written down to be resumed") {
  const Signal signal = IdleProspect("1", At("2026-11-01"));
  People people = PeopleAfter({signal}, kNow);
  people[signal.subject].person.erasures = {{"case-1", At("2026-11-24"), true}};
  ApplyFeedFacts facts = FactsWith(people);
  Hold hold;
  hold.id = HoldId(NewUuidV7(kNow));
  hold.matter = "T 9";
  hold.scope.systems = {"crm"};
  hold.set_at = At("2026-11-01");
  facts.holds = {hold};
  const auto outcome = Applied({ErasureExecuted{signal.subject, "case-1", {}, {}, {}}}, facts);
  REQUIRE(outcome.new_items.size() == 1);
  CHECK(outcome.new_items[0].state == DisposalState::kBlocked);
  CHECK(outcome.new_items[0].blocked_by == "T 9");
  CHECK(outcome.certificates.at(0).residue.size() == 3);
  CHECK(outcome.certificates.at(0).residue[0].code == "LEGAL_CLAIMS");
}

}  // namespace varsam::retention
