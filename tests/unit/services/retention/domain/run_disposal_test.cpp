#include "services/retention/domain/run_disposal.h"

#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "services/retention/domain/place_hold.h"
#include "tests/unit/services/retention/domain/kept_person.h"

namespace varsam::retention {
namespace {

using testing::At;
using testing::Day;

const absl::Time kNow = At("2026-11-25 12:00");

RunDisposalFacts FactsWith(People people, std::vector<Hold> holds = {}) {
  RunDisposalFacts facts;
  facts.catalogue = LexiumCatalogue();
  facts.people_total = people.size();
  facts.candidates = Listed(people);
  facts.holds = std::move(holds);
  return facts;
}

Hold HoldOn(const SubjectId& subject, absl::Time set_at) {
  Hold hold;
  hold.id = HoldId(NewUuidV7(set_at));
  hold.matter = "T 123-26";
  hold.scope.subjects = {subject};
  hold.set_at = set_at;
  return hold;
}

absl::StatusOr<RunDisposalOutcome> Run(const RunDisposalFacts& facts,
                                       std::vector<std::string> approvers = {},
                                       std::optional<ClockAnchor> clocks = {}) {
  return Decide(RunDisposal{{}, "anna", std::move(approvers), clocks}, facts, DisposalCaps{}, kNow,
                NewUuidV7(kNow), Fresh());
}

}  // namespace

TEST_CASE("a plan holds what passed its last lawful day, and nothing else") {
  const People people = PeopleAfter({IdleProspect("due", At("2024-11-24 23:00")),
                                     IdleProspect("last day", At("2024-11-25 00:30")),
                                     IdleProspect("tomorrow", At("2024-11-26 10:00"))},
                                    kNow);
  const DisposalPlan plan = PlanDisposals(*LexiumCatalogue(), Listed(people), {}, kNow, {});
  REQUIRE(plan.items.size() == 1);
  CHECK(plan.items[0].record_key == "due");
  CHECK(plan.items[0].data_categories ==
        std::vector<std::string>{"email", "name", "sales_activity"});
  CHECK(plan.items[0].method == "delete");
  CHECK(plan.items[0].rule == "crm_self_initiated_idle");
  CHECK(plan.items[0].retain_until == Day("2026-11-24"));
  CHECK(plan.due_people == 1);
  CHECK(PlanDisposals(*LexiumCatalogue(), Listed(people), {}, kNow, {"payroll"}).items.empty());
}

TEST_CASE("a hold blocks with its matter; its end gives the item the day after") {
  const People people = PeopleAfter({IdleProspect("1", At("2024-11-20"))}, kNow);
  Hold hold = HoldOn(people.begin()->first, At("2026-11-25 11:59"));
  DisposalPlan plan = PlanDisposals(*LexiumCatalogue(), Listed(people), {hold}, kNow, {});
  REQUIRE(plan.items.size() == 1);
  CHECK(plan.items[0].state == DisposalState::kBlocked);
  CHECK(plan.items[0].blocked_by == "T 123-26");
  CHECK(plan.due_items == 0);
  hold.released_at = At("2026-12-01 10:00");
  ResumeDisposals resume{plan.items, FactsWith(people, {hold})};
  CHECK(Resume(resume, At("2026-11-30 10:00")).empty());  // still held
  CHECK(Resume(resume, At("2026-12-01 23:59")).empty());  // kept to the end of that day
  const auto resumed = Resume(resume, At("2026-12-02 00:00"));
  REQUIRE(resumed.size() == 1);
  CHECK(resumed[0].item.state == DisposalState::kIssued);
  CHECK(resumed[0].item.retain_until == Day("2026-12-01"));
  // Blocked by two runs: one is issued, the other one is told so.
  resume.blocked.push_back(plan.items[0]);
  const auto twice = Resume(resume, At("2026-12-02 00:00"));
  REQUIRE(twice.size() == 2);
  CHECK(twice[0].item.state == DisposalState::kIssued);
  CHECK(twice[1].item.state == DisposalState::kFailed);
  CHECK(twice[1].item.failure == "DISPOSED_ELSEWHERE");
}

TEST_CASE("inactivity that only a silent system could have broken disposes of nothing") {
  Signal declared = IdleProspect("2", At("2026-11-01"));
  declared.events.push_back({"no_interest_declared", At("2026-11-20"), At("2026-11-20")});
  const People people = PeopleAfter({IdleProspect("1", At("2024-11-20")), declared}, kNow);
  RunDisposalFacts facts = FactsWith(people);
  facts.heard = {{"crm", kNow - kSilentAfter - absl::Hours(1)}};
  const auto silent = Run(facts);
  REQUIRE(silent.ok());
  REQUIRE(silent->items.size() == 2);
  for (const DisposalItem& item : silent->items) {
    const bool idle = item.record_key == "1";
    CHECK(item.state == (idle ? DisposalState::kBlocked : DisposalState::kIssued));
    CHECK(item.blocked_by == (idle ? kSystemSilent : ""));
  }
  // Read again, and still nothing heard of the person: now it is issued, by itself.
  ResumeDisposals resume{{silent->items[0], silent->items[1]}, facts};
  std::erase_if(resume.blocked,
                [](const DisposalItem& one) { return one.state != DisposalState::kBlocked; });
  CHECK(Resume(resume, kNow).empty());
  resume.facts.heard = {{"crm", kNow}};
  CHECK(Resume(resume, kNow).size() == 1);
}

TEST_CASE("a restriction the person needs blocks, one about accuracy only stops use") {
  People people = PeopleAfter({IdleProspect("1", At("2024-11-20"))}, kNow);
  Person& person = people.begin()->second.person;
  person.restrictions = {{"case", {RestrictionGround::kClaims, At("2026-11-01"), std::nullopt}}};
  const auto blocked = PlanDisposals(*LexiumCatalogue(), Listed(people), {}, kNow, {});
  REQUIRE(blocked.items.size() == 1);
  CHECK(blocked.items[0].blocked_by == "restriction: claims");
  person.restrictions[0].restriction.ground = RestrictionGround::kAccuracy;
  CHECK(PlanDisposals(*LexiumCatalogue(), Listed(people), {}, kNow, {}).due_items == 1);
}

TEST_CASE("an erasure case under way is left to the case, not for ever") {
  People people = PeopleAfter({IdleProspect("1", At("2024-11-20"))}, kNow);
  Person& person = people.begin()->second.person;
  person.erasures = {{"case", At("2026-11-20"), true}};
  CHECK(PlanDisposals(*LexiumCatalogue(), Listed(people), {}, kNow, {}).items.empty());
  CHECK(PlanDisposals(*LexiumCatalogue(), Listed(people), {}, At("2027-02-01"), {}).due_items == 1);
  person.erasures[0].open = false;
  CHECK(PlanDisposals(*LexiumCatalogue(), Listed(people), {}, kNow, {}).due_items == 1);
}

TEST_CASE("the run issues exactly the plan") {
  const People people =
      PeopleAfter({IdleProspect("1", At("2024-11-20")), IdleProspect("2", At("2024-11-21"))}, kNow);
  const RunDisposalFacts facts = FactsWith(people);
  const auto run = Run(facts);
  REQUIRE(run.ok());
  CHECK(run->plan_text == PlanDisposals(*LexiumCatalogue(), facts.candidates, {}, kNow, {}).text);
  REQUIRE(run->items.size() == 2);
  CHECK(run->items[0].state == DisposalState::kIssued);
  CHECK(run->run.items_total == 2);
  CHECK_FALSE(run->run.finished_at.has_value());
}

TEST_CASE("above the cap two different people must approve") {
  std::vector<Signal> signals;
  for (int i = 0; i < 501; ++i) {
    signals.push_back(IdleProspect(std::to_string(i), At("2024-11-20")));
  }
  const RunDisposalFacts facts = FactsWith(PeopleAfter(signals, kNow));
  CHECK(ReasonOf(Run(facts).status()) == "SECOND_APPROVER_NEEDED");
  CHECK(ReasonOf(Run(facts, {"anna"}).status()) == "SECOND_APPROVER_NEEDED");
  CHECK(ReasonOf(Run(facts, {"anna", "anna"}).status()) == "SECOND_APPROVER_NEEDED");
  CHECK(ReasonOf(Run(facts, {"anna", ""}).status()) == "SECOND_APPROVER_NEEDED");
  CHECK(Run(facts, {"anna", "eva"}).ok());
  RunDisposalFacts large = facts;
  large.people_total = 200'000;  // 0.5 % are a thousand
  CHECK(Run(large).ok());
}

TEST_CASE("clocks that disagree by more than an hour stop the run") {
  const ClockAnchor last{At("2026-11-24 12:00"), absl::Hours(100), "boot"};
  const auto at = [&](absl::Duration wall, absl::Duration real, const char* boot = "boot") {
    return CheckClocks(last, {last.wall + wall, last.monotonic + real, boot});
  };
  CHECK(at(absl::Hours(24), absl::Hours(24)).ok());
  CHECK(at(absl::Hours(25), absl::Hours(24)).ok());
  CHECK(ReasonOf(at(absl::Hours(25) + absl::Seconds(1), absl::Hours(24))) == "CLOCKS_DISAGREE");
  CHECK(ReasonOf(at(absl::Hours(22), absl::Hours(24))) == "CLOCKS_DISAGREE");
  CHECK(ReasonOf(at(absl::Hours(24 * 3650), absl::Hours(1))) == "CLOCKS_DISAGREE");
  CHECK(at(absl::Hours(24 * 30), absl::Hours(-99), "another boot").ok());
  CHECK(ReasonOf(at(absl::Hours(-2), absl::Hours(1), "another boot")) == "CLOCKS_DISAGREE");
  CHECK(CheckClocks(std::nullopt, last).ok());
  RunDisposalFacts facts = FactsWith({});
  facts.last_clocks = last;
  CHECK(ReasonOf(Run(facts, {}, ClockAnchor{kNow, absl::Hours(101), "boot"}).status()) ==
        "CLOCKS_DISAGREE");
}

TEST_CASE("a hold names its scope, matter, owner, reason and a review within six months") {
  PlaceHold ask;
  ask.hold = HoldOn(SubjectId(NewUuidV4()), kNow);
  ask.hold.owner = "Eva Holm";
  ask.hold.reason = "Tvist om faktura";
  const HoldId id(NewUuidV7(kNow));
  const auto placed = Decide(ask, PlaceHoldFacts{}, kNow, id);
  REQUIRE(placed.ok());
  CHECK(placed->hold.review_by == Day("2027-05-25"));
  PlaceHold late = ask;
  late.review_by = Day("2027-05-26");
  CHECK_FALSE(Decide(late, PlaceHoldFacts{}, kNow, id).ok());
  PlaceHold everybody = ask;
  everybody.hold.scope = {};
  const auto refused = Decide(everybody, PlaceHoldFacts{}, kNow, id);
  CHECK(FieldViolationsOf(refused.status()).at(0).field == "hold.scope");
  const auto released = Decide(ReleaseHold{id, "Förlikning"}, {placed->hold}, kNow);
  REQUIRE(released.ok());
  CHECK(released->hold.released_at == kNow);
  const auto again = Decide(ReleaseHold{id, "igen"}, {released->hold}, kNow + absl::Hours(1));
  REQUIRE(again.ok());
  CHECK_FALSE(again->changed);
  CHECK(again->hold.released_at == kNow);
  CHECK(ReasonOf(Decide(ReleaseHold{id, "x"}, {}, kNow).status()) == "HOLD_UNKNOWN");
}

}  // namespace varsam::retention
