// Systems that told of no record (a mailbox, a system without connector): what a granted erasure
// does there, and what holds and statutory minima keep.
#include <catch2/catch.hpp>

#include "services/retention/domain/grant_erasure.h"
#include "tests/unit/services/retention/domain/kept_person.h"

namespace varsam::retention {
namespace {

using testing::At;

const absl::Time kNow = At("2026-11-25 12:00");

struct Ground {
  Signal crm = IdleProspect("7/1", At("2026-11-01"));
  People people = PeopleAfter({crm}, kNow);
  std::vector<Hold> holds;

  GrantErasureOutcome Grant() {
    const auto granted = Decide(GrantErasure{crm.subject, "case-1", At("2026-11-24 10:00")},
                                GrantErasureFacts{{LexiumCatalogue(), people}, holds}, kNow);
    REQUIRE(granted.ok());
    people[crm.subject] = granted->changed;
    return *granted;
  }
  void HoldOn(HoldScope scope) {
    Hold hold;
    hold.id = HoldId(NewUuidV4());
    hold.matter = "T 1-26";
    hold.scope = std::move(scope);
    hold.set_at = At("2026-11-01 08:00");
    holds.push_back(std::move(hold));
  }
};

std::vector<const ErasureDecision*> In(const GrantErasureOutcome& outcome,
                                       std::string_view system) {
  std::vector<const ErasureDecision*> found;
  for (const ErasureDecision& one : outcome.decisions) {
    if (one.key.system == system) found.push_back(&one);
  }
  return found;
}

}  // namespace

TEST_CASE("every field of a system without records goes, but what a law may want") {
  Ground ground;
  const GrantErasureOutcome outcome = ground.Grant();
  CHECK(In(outcome, "crm").size() == 3);  // its records, and nothing beside them
  const auto mailbox = In(outcome, "email");
  CHECK(mailbox.size() == 4);
  for (const ErasureDecision* one : mailbox) {
    CHECK(one->key.record_key.empty());
    CHECK(one->planned.outcome == ErasureOutcome::kErase);
  }
  // The negative control: wherever a statutory minimum reaches a field, it is not in the plan.
  size_t by_law = 0;
  for (const Rule& rule : LexiumCatalogue()->model.rules) {
    if (!rule.must || rule.system == "crm") continue;
    for (const ErasureDecision* one : In(outcome, rule.system)) {
      CHECK_FALSE(rule.Covers(one->key.category));
    }
    ++by_law;
  }
  CHECK(by_law > 0);
  CHECK_FALSE(In(outcome, "payroll").empty());
}

TEST_CASE("nothing under a hold is erased, whatever the hold names") {
  const HoldScope scopes[] = {{{}, {}, {"email"}, {}},
                              {{}, {"prospect"}, {"email"}, {}},
                              {{}, {"employee"}, {"email"}, {}}};  // nobody can tell in a mailbox
  for (const HoldScope& scope : scopes) {
    Ground ground;
    ground.HoldOn(scope);
    const GrantErasureOutcome outcome = ground.Grant();
    for (const ErasureDecision* one : In(outcome, "email")) {
      CHECK(one->planned.outcome == ErasureOutcome::kKeep);
      CHECK(one->planned.reason == KeepReason::kLegalClaims);
    }
    for (const ErasureDecision* one : In(outcome, "ops")) {
      CHECK(one->planned.outcome == ErasureOutcome::kErase);
    }
  }
  Ground person;
  person.HoldOn({{person.crm.subject}, {}, {}, {}});
  for (const ErasureDecision& one : person.Grant().decisions) {
    CHECK(one.planned.outcome == ErasureOutcome::kKeep);
  }
  Ground other;
  other.HoldOn({{SubjectId(NewUuidV4())}, {}, {"email"}, {}});
  const GrantErasureOutcome granted = other.Grant();
  for (const ErasureDecision* one : In(granted, "email")) {
    CHECK(one->planned.outcome == ErasureOutcome::kErase);
  }
}

TEST_CASE("a plan made twice says the same, also when a hold keeps part of a mailbox") {
  Ground ground;
  ground.HoldOn({{}, {}, {"email"}, {"email_content"}});
  const GrantErasureOutcome first = ground.Grant();
  const GrantErasureOutcome again = ground.Grant();
  CHECK(In(first, "email").size() == 4);
  CHECK(In(again, "email").size() == 4);
  CHECK(first.decisions.size() == again.decisions.size());
  size_t kept = 0;
  for (const ErasureDecision* one : In(again, "email")) {
    const bool held = one->key.category == "email_content";
    CHECK((one->planned.outcome == ErasureOutcome::kKeep) == held);
    kept += held ? 1 : 0;
  }
  CHECK(kept == 1);
}

TEST_CASE("the end of a hold resumes the erasure of a mailbox that told of no record") {
  Ground ground;
  ground.HoldOn({{}, {"employee"}, {"email"}, {"email_content"}});
  ground.Grant();
  ground.people[ground.crm.subject].person.erasures[0].open = false;  // the case is carried out
  const auto held = PlanDisposals(*LexiumCatalogue(), Listed(ground.people), ground.holds,
                                  kNow + absl::Hours(24), {});
  ground.holds[0].released_at = kNow;
  const auto free = PlanDisposals(*LexiumCatalogue(), Listed(ground.people), ground.holds,
                                  kNow + absl::Hours(24), {});
  const auto mailbox = [](const DisposalPlan& plan, DisposalState state) {
    size_t count = 0;
    for (const DisposalItem& item : plan.items) {
      count += item.system == "email" && item.record_key.empty() && item.state == state ? 1 : 0;
    }
    return count;
  };
  CHECK(mailbox(held, DisposalState::kBlocked) == 1);
  CHECK(mailbox(held, DisposalState::kDue) == 0);
  CHECK(mailbox(free, DisposalState::kBlocked) == 0);
  CHECK(mailbox(free, DisposalState::kDue) == 1);
}

}  // namespace varsam::retention
