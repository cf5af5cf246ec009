#include "services/retention/domain/plan_erasure.h"

#include <catch2/catch.hpp>

#include "tests/support/days.h"
#include "tests/support/record_case.h"

namespace varsam::retention {
namespace {

using testing::At;
using testing::Day;
using testing::LexiumRetention;
using testing::RecordCase;

ErasurePlanItem PlanOne(const std::string& system, const std::string& field, const RecordCase& c,
                        absl::Time granted_at) {
  const auto plan = Plan(LexiumRetention(), {granted_at, {{system, field, c.facts}}});
  REQUIRE(plan.size() == 1);
  CHECK_FALSE(plan[0].sv.empty());
  CHECK_FALSE(plan[0].en.empty());
  return plan[0];
}

}  // namespace

TEST_CASE("P10 an accounting record stays under its law until its day") {
  RecordCase c({"bookkeeping"});
  c.Event("fiscal_year_end", At("2025-12-31"));
  const auto item = PlanOne("payroll", "accounting_record", c, At("2026-06-01 10:00"));
  CHECK(item.outcome == ErasureOutcome::kKeep);
  CHECK(NameOf(item.reason) == "LEGAL_OBLIGATION");
  CHECK(item.keep_until == Day("2032-12-31"));
  CHECK(item.rule == "bookkeeping");
  CHECK(item.law == "Bokföringslagen (1999:1078) 7 kap. 2 §");
  CHECK(item.en == "The law requires the data to be kept. Kept until Friday 31 December 2032.");
  CHECK(item.readers == Readers{.claims = false, .legal = true, .ordinary = false});
}

TEST_CASE("what nothing keeps is erased within seven days, by the method of its rule") {
  RecordCase contact({"contract_delivery"});
  contact.facts.subject_categories = {"customer_contact"};
  const auto running = PlanOne("crm", "email", contact, At("2026-06-01 10:00"));
  CHECK(running.outcome == ErasureOutcome::kErase);
  CHECK(running.erase_by == Day("2026-06-08"));
  CHECK(running.action == "delete");
  contact.Event("survey_answered", At("2026-01-10"));
  CHECK(PlanOne("crm", "opinion", contact, At("2026-06-01")).action == "anonymise");
  // A field whose period was over before keeps its earlier day.
  RecordCase old({"marketing_email"});
  old.Event("interest_signal", At("2024-05-28"));
  CHECK(PlanOne("mailing", "email", old, At("2026-06-01")).erase_by == Day("2026-06-04"));
  // No purpose and no rule: now.
  CHECK(PlanOne("crm", "email", RecordCase({}), At("2026-06-01")).erase_by == Day("2026-06-08"));
}

TEST_CASE("holds, recorded needs and restrictions keep, each with its reason") {
  RecordCase c({"recruitment", "recruitment_claims_defence"});
  c.Event("application_rejected", At("2025-03-10"));
  CHECK(PlanOne("recruiting", "cv", c, At("2026-06-01")).outcome == ErasureOutcome::kErase);
  c.facts.claims_need_recorded = true;
  const auto claims = PlanOne("recruiting", "cv", c, At("2026-06-01"));
  CHECK(claims.reason == KeepReason::kLegalClaims);
  CHECK(claims.keep_until == Day("2027-03-10"));
  CHECK(claims.rule == "recruit_rejected");
  c.facts.restrictions = {{RestrictionGround::kClaims, At("2026-01-01"), std::nullopt}};
  CHECK(PlanOne("recruiting", "cv", c, At("2026-06-01")).reason == KeepReason::kRestriction);
  c.Event("hold_set", At("2026-05-01"), "m");
  const auto held = PlanOne("recruiting", "cv", c, At("2026-06-01"));
  CHECK(held.reason == KeepReason::kLegalClaims);
  CHECK_FALSE(held.keep_until);
  CHECK(held.law == "Art. 17(3)(e)");
}

TEST_CASE("an unmapped field is quarantined, the suppression hash stays") {
  CHECK(PlanOne("crm", "salary", RecordCase({}), At("2026-06-01")).outcome ==
        ErasureOutcome::kQuarantine);
  RecordCase c({});
  c.Event("unsubscribed", At("2026-02-14"));
  const auto item = PlanOne("platform", "suppression_entry", c, At("2026-06-01"));
  CHECK(item.reason == KeepReason::kSuppression);
  CHECK(item.law == "Art. 21(3); hash only");
}

TEST_CASE("a plan keeps the order of its items") {
  const RecordCase c({"payroll"});
  const auto plan = Plan(LexiumRetention(), {At("2026-06-01"),
                                             {{"payroll", "email", c.facts},
                                              {"payroll", "salary", c.facts},
                                              {"crm", "name", c.facts}}});
  REQUIRE(plan.size() == 3);
  CHECK(plan[0].field == "email");
  CHECK(plan[2].system == "crm");
}

}  // namespace varsam::retention
