#include "services/retention/domain/retain_until.h"

#include <catch2/catch.hpp>

#include "tests/support/days.h"
#include "tests/support/record_case.h"

namespace varsam::retention {
namespace {

using testing::At;
using testing::Day;
using testing::ReadersOf;
using testing::RecordCase;
using Names = std::vector<std::string>;

RecordCase CustomerContact() {
  RecordCase c({"contract_delivery", "daily_communication"});
  c.facts.subject_categories = {"customer_contact"};
  c.facts.flags.customer = true;
  return c;
}

RecordCase Candidate() {
  return RecordCase({"recruitment", "talent_pool", "recruitment_claims_defence"});
}

}  // namespace

TEST_CASE("an unmapped field is quarantined and everything else is empty") {
  RecordCase c = CustomerContact();
  c.Event("hold_set", At("2026-01-01"), "m").Event("contract_end", At("2026-01-01"));
  c.facts.source = RecordSource{true, At("2020-01-01"), std::nullopt};
  const auto got = c.Ask("crm", "salary", At("2026-02-01"));
  CHECK(got.status == RetentionStatus::kNoRule);
  CHECK(got.codes.Names() == Names{"NO_RULE", "UNMAPPED_FIELD"});
  CHECK(got.disposition == Disposition::kQuarantine);
  CHECK_FALSE(got.erasure_blocked);
  CHECK(ReadersOf(got).empty());
  CHECK_FALSE(got.restricted_from);
  CHECK(c.Ask("nowhere", "name", At("2026-02-01")).codes.unmapped_field);
  // A field taken over from another system is mapped.
  CHECK(RecordCase({"recruitment"}).Ask("recruiting", "phone", At("2026-02-01")).status ==
        RetentionStatus::kRunning);
}

TEST_CASE("no clock has started: running while a purpose runs, else gone now (7-R2)") {
  RecordCase c({"recruitment"});
  CHECK(c.Ask("recruiting", "phone", At("2026-02-01")).status == RetentionStatus::kRunning);
  CHECK(ReadersOf(c.Ask("recruiting", "phone", At("2026-02-01"))) == "ordinary");
  c.facts.purposes[0].ended_at = At("2026-02-01 12:00");
  CHECK(c.Ask("recruiting", "phone", At("2026-02-01 11:59:59")).status ==
        RetentionStatus::kRunning);
  const auto got = c.Ask("recruiting", "phone", At("2026-02-01 12:00"));
  CHECK(got.status == RetentionStatus::kNoRule);
  CHECK(got.disposition == Disposition::kEraseNow);
  CHECK(got.codes.Names() == Names{"NO_RULE"});
  // A purpose that does not use the field, or not this system, serves nothing.
  CHECK(RecordCase({"talent_pool"}).Ask("recruiting", "interview_assessment", At("2026-02-01"))
            .status == RetentionStatus::kNoRule);
  CHECK(RecordCase({"payroll"}).Ask("recruiting", "name", At("2026-02-01")).status ==
        RetentionStatus::kNoRule);
}

TEST_CASE("a rule without purpose fits only for purposes without a rule of their own (7-R1)") {
  // Openings of mailings do not live on under the newsletter rule.
  RecordCase c({"marketing_email", "email_engagement_tracking"});
  c.Event("interest_signal", At("2026-01-10"));
  CHECK(c.Ask("mailing", "email_engagement", At("2026-02-01")).status == RetentionStatus::kRunning);
  c.Event("event_recorded", At("2026-01-05"));
  CHECK(c.Ask("mailing", "email_engagement", At("2026-02-01")).decided_by == "engagement");
  // The address of the same recipient does.
  CHECK(c.Ask("mailing", "email", At("2026-02-01")).decided_by == "newsletter_idle");
}

TEST_CASE("a running maximum needs a purpose, a minimum and a terminator do not (7-R13)") {
  RecordCase c({});
  c.facts.subject_categories = {"customer_contact"};
  c.Event("contract_end", At("2026-01-10"));
  CHECK(c.Ask("crm", "email", At("2026-02-01")).status == RetentionStatus::kNoRule);
  c.Event("contact_end_requested", At("2026-01-20 10:00"));
  CHECK(c.Ask("crm", "email", At("2026-02-01")).decided_by == "crm_contact_ended");
  RecordCase books({});
  books.Event("fiscal_year_end", At("2024-06-30"));
  CHECK(books.Ask("payroll", "accounting_record", At("2026-02-01")).must_until ==
        Day("2031-12-31"));
}

TEST_CASE("an absent flag matches nothing") {
  RecordCase c({"prospecting_crm"});
  c.facts.subject_categories = {"prospect"};
  c.Event("reply", At("2026-01-10"));
  c.facts.flags.origin = "self_initiated";
  CHECK(c.Ask("crm", "email", At("2026-02-01")).status == RetentionStatus::kRunning);
  c.facts.flags.customer = true;
  CHECK(c.Ask("crm", "email", At("2026-02-01")).status == RetentionStatus::kRunning);
  c.facts.flags.customer = false;
  CHECK(c.Ask("crm", "email", At("2026-02-01")).retain_until == Day("2028-01-10"));
}

TEST_CASE("the specific tier wins once its clock has started (7-R3)") {
  RecordCase c({"customer_satisfaction", "contract_delivery"});
  c.facts.subject_categories = {"customer_contact"};
  c.Event("contract_end", At("2025-02-28"));
  CHECK(c.Ask("crm", "opinion", At("2026-01-01")).decided_by == "customer_contact");
  c.Event("survey_answered", At("2025-12-15"));
  CHECK(c.Ask("crm", "opinion", At("2026-01-01")).retain_until == Day("2027-12-15"));
  CHECK(c.Ask("crm", "opinion", At("2026-01-01")).rule->action == "anonymise");
}

TEST_CASE("clocks: latest event, planned ends may lie ahead, opens and own mail move nothing") {
  RecordCase c = CustomerContact();
  c.Event("contract_end", At("2027-06-30")).Event("contract_end", At("2026-01-31"));
  CHECK(c.Ask("crm", "email", At("2026-02-01")).retain_until == Day("2029-06-30"));
  RecordCase mail({"marketing_email"});
  mail.Event("interest_signal", At("2025-01-01"));
  for (const char* nothing : {"own_mail", "mail_open", "link_click"}) {
    mail.Event(nothing, At("2026-01-01"));
  }
  CHECK(mail.Ask("mailing", "email", At("2026-02-01")).retain_until == Day("2027-01-01"));
  CHECK_FALSE(EventNamed("last_two_way_contact"));
  CHECK_FALSE(EventNamed("coffee"));
}

TEST_CASE("the local day counts, in summer and winter") {
  RecordCase c({"marketing_email"});
  // 22:30 UTC is past midnight in Stockholm, in June.
  c.Event("interest_signal",
          absl::FromCivil(absl::CivilSecond(2025, 6, 30, 22, 30), absl::UTCTimeZone()));
  const auto got = c.Ask("mailing", "email", At("2026-02-01"));
  CHECK(got.retain_until == Day("2027-07-01"));
  CHECK(got.use_denied_from == At("2027-07-02"));
  CHECK(got.erase_by == Day("2027-07-08"));
}

TEST_CASE("the person's own act stops use at once, the end of a contract at midnight (7-R4)") {
  RecordCase unsubscribed({"marketing_email"});
  unsubscribed.Event("interest_signal", At("2026-01-01"))
      .Event("unsubscribed", At("2026-02-14 18:20"));
  const auto stopped = unsubscribed.Ask("mailing", "email", At("2026-02-14 18:20"));
  CHECK(stopped.use_denied_from == At("2026-02-14 18:20"));
  CHECK(stopped.retain_until == Day("2026-02-14"));
  CHECK(ReadersOf(stopped).empty());

  RecordCase job({"work_logging"});
  job.Event("contract_end", At("2026-06-30 09:00"));
  const auto running = job.Ask("ops", "work_log", At("2026-06-30 12:00"));
  CHECK(running.use_denied_from == At("2026-07-01"));
  CHECK(ReadersOf(running) == "ordinary");
  CHECK(running.rule->action == "anonymise");
}

TEST_CASE("a withdrawn consent cuts the group of its purpose only") {
  RecordCase c = Candidate();
  c.Event("application_rejected", At("2025-03-10")).Event("meeting", At("2026-01-20"));
  CHECK(ReadersOf(c.Ask("recruiting", "cv", At("2026-05-01"))) == "claims ordinary");
  c.Event("consent_withdrawn", At("2026-06-01 10:00"), "talent_pool");
  const auto got = c.Ask("recruiting", "cv", At("2026-06-01 10:00"));
  CHECK(got.retain_until == Day("2027-03-10"));
  CHECK(got.decided_by == "recruit_rejected");
  CHECK(ReadersOf(got) == "claims");
  // Where only the talent pool keeps it, the withdrawal decides.
  const auto phone = c.Ask("recruiting", "phone", At("2026-06-02"));
  CHECK(phone.retain_until == Day("2026-06-01"));
  CHECK(phone.decided_by == "consent_withdrawn");
  CHECK(phone.rule == nullptr);
}

TEST_CASE("an erasure cuts every group; a recorded need spares claims rules (7-R5, 7-R6)") {
  RecordCase c = Candidate();
  c.Event("application_rejected", At("2025-03-10")).Event("meeting", At("2026-01-20"));
  c.Event("erasure_granted", At("2026-04-01 09:00"));
  const auto cut = c.Ask("recruiting", "cv", At("2026-04-02"));
  CHECK(cut.retain_until == Day("2026-04-01"));
  CHECK(cut.use_denied_from == At("2026-04-01 09:00"));
  CHECK(cut.decided_by == "erasure");
  CHECK(cut.codes.Names().empty());
  c.facts.claims_need_recorded = true;
  const auto spared = c.Ask("recruiting", "cv", At("2026-04-02"));
  CHECK(spared.retain_until == Day("2027-03-10"));
  CHECK(ReadersOf(spared) == "claims");
  CHECK(spared.codes.Names() == Names{"LEGAL_CLAIMS"});
  // A group that is not always for claims becomes so when it is spared.
  RecordCase review({"hr_administration"});
  review.Event("employment_end", At("2026-03-31"));
  review.facts.claims_need_recorded = true;
  CHECK(ReadersOf(review.Ask("hr", "performance_review", At("2026-05-01"))) == "ordinary");
  review.Event("objection_upheld", At("2026-04-10"));
  CHECK(ReadersOf(review.Ask("hr", "performance_review", At("2026-05-01"))) == "claims");
}

TEST_CASE("an erasure ends a record none of whose clocks has started (7-R7)") {
  RecordCase c({"contract_delivery"});
  c.Event("erasure_granted", At("2026-04-01 09:00"));
  c.Event("objection_upheld", At("2026-03-01 08:00"));
  const auto got = c.Ask("crm", "email", At("2026-04-02"));
  CHECK(got.status == RetentionStatus::kDated);
  CHECK(got.retain_until == Day("2026-03-01"));
  CHECK(got.use_denied_from == At("2026-03-01 08:00"));
  CHECK(got.decided_by == "objection_upheld");
  // Not where the purpose had already ended by then.
  c.facts.purposes[0].ended_at = At("2026-03-01 08:00");
  CHECK(c.Ask("crm", "email", At("2026-04-02")).status == RetentionStatus::kNoRule);
  // Nor where the law keeps it.
  RecordCase salary({"payroll"});
  salary.Event("fiscal_year_end", At("2026-12-31")).Event("erasure_granted", At("2026-06-01"));
  const auto kept = salary.Ask("payroll", "salary", At("2026-06-02"));
  CHECK_FALSE(kept.may_until);
  CHECK(kept.must_until == Day("2033-12-31"));
  CHECK(kept.codes.Names() == Names{"LEGAL_OBLIGATION"});
  // A withdrawn consent alone has no group to cut.
  RecordCase tracked({"email_engagement_tracking"});
  tracked.Event("consent_withdrawn", At("2026-01-01"), "email_engagement_tracking");
  CHECK(tracked.Ask("mailing", "email_engagement", At("2026-02-01")).status ==
        RetentionStatus::kRunning);
}

TEST_CASE("holds are paired by matter, as they stand at the moment asked about") {
  RecordCase c = CustomerContact();
  c.Event("contract_end", At("2024-01-31"));  // until 2026-01-31
  c.Event("hold_set", At("2025-12-01"), "a").Event("hold_set", At("2025-12-15"), "b");
  c.Event("hold_released", At("2026-03-01 12:00"), "a");
  c.Event("hold_released", At("2026-04-01"), "b");
  const auto early = c.Ask("crm", "email", At("2025-12-20"));
  CHECK(early.status == RetentionStatus::kHeld);
  CHECK(ReadersOf(early) == "claims ordinary");
  CHECK(early.may_until == Day("2026-01-31"));
  CHECK_FALSE(early.retain_until);
  CHECK(early.decided_by.empty());
  const auto between = c.Ask("crm", "email", At("2026-03-15"));
  CHECK(between.status == RetentionStatus::kHeld);
  CHECK(between.erasure_blocked);
  CHECK(ReadersOf(between) == "claims");
  const auto after = c.Ask("crm", "email", At("2026-04-01"));
  CHECK(after.status == RetentionStatus::kDated);
  CHECK(after.retain_until == Day("2026-04-01"));
  CHECK(after.decided_by == "hold_release");
  CHECK(after.rule->id == "customer_contact");
  CHECK(after.erase_by == Day("2026-04-08"));
  CHECK(after.use_denied_from == At("2026-02-01"));
  // A release before the end of the period changes nothing.
  RecordCase early_release = CustomerContact();
  early_release.Event("contract_end", At("2025-01-31")).Event("hold_set", At("2025-03-01"), "a");
  early_release.Event("hold_released", At("2025-04-01"), "a");
  CHECK(early_release.Ask("crm", "email", At("2025-05-01")).decided_by == "customer_contact");
  // Released and set again at one instant stays held.
  c.Event("hold_released", At("2026-05-02"), "c").Event("hold_set", At("2026-05-01"), "c");
  c.Event("hold_set", At("2026-05-02"), "c");
  CHECK(c.Ask("crm", "email", At("2026-05-02")).status == RetentionStatus::kHeld);
}

TEST_CASE("restrictions: any ground stops ordinary reading, two of them erasure (7-R9)") {
  for (const auto ground : {RestrictionGround::kAccuracy, RestrictionGround::kUnlawful,
                            RestrictionGround::kClaims, RestrictionGround::kObjectionPending}) {
    RecordCase c = CustomerContact();
    c.Event("contract_end", At("2025-01-31"));
    c.facts.restrictions = {{ground, At("2026-01-01"), At("2026-02-01")}};
    const bool blocks =
        ground == RestrictionGround::kUnlawful || ground == RestrictionGround::kClaims;
    const auto got = c.Ask("crm", "email", At("2026-01-01"));
    CHECK(ReadersOf(got).empty());
    CHECK(got.erasure_blocked == blocks);
    CHECK(got.erase_by.has_value() == !blocks);
    CHECK(got.retain_until == Day("2027-01-31"));
    CHECK(ReadersOf(c.Ask("crm", "email", At("2026-02-01"))) == "ordinary");
  }
}

TEST_CASE("who may read under the law: to the end of the last day") {
  RecordCase c({"bookkeeping"});
  c.Event("fiscal_year_end", At("2018-12-31"));
  CHECK(ReadersOf(c.Ask("payroll", "accounting_record", At("2025-12-31 23:59:59"))) == "legal");
  CHECK(ReadersOf(c.Ask("payroll", "accounting_record", At("2026-01-01"))).empty());
}

TEST_CASE("a notice not given in time restricts from the next day, until it is given") {
  RecordCase c({"prospecting_crm"});
  c.facts.source = RecordSource{true, At("2026-01-15 10:00"), std::nullopt};
  CHECK(c.Ask("crm", "email", At("2026-02-16 23:59:59")).codes.Names().empty());
  const auto overdue = c.Ask("crm", "email", At("2026-02-17"));
  CHECK(overdue.restricted_from == Day("2026-02-17"));
  CHECK(overdue.codes.Names() == Names{"ART14_NOTICE_OVERDUE"});
  CHECK(ReadersOf(overdue).empty());
  c.facts.source->notice_at = At("2026-03-01");
  CHECK(c.Ask("crm", "email", At("2026-02-20")).codes.art14_notice_overdue);
  const auto late = c.Ask("crm", "email", At("2026-03-01"));
  CHECK(late.restricted_from == Day("2026-02-17"));
  CHECK(late.codes.Names().empty());
  CHECK(ReadersOf(late) == "ordinary");
  c.facts.source->notice_at = At("2026-02-16 23:59:59");
  CHECK_FALSE(c.Ask("crm", "email", At("2026-03-01")).restricted_from);
}

TEST_CASE("the platform's records: the rule the field names, and nothing else") {
  RecordCase c({});
  c.Event("case_closed", At("2026-01-10"));
  CHECK(c.Ask("platform", "dsar_package", At("2026-02-01")).retain_until == Day("2026-04-10"));
  CHECK(c.Ask("platform", "dsar_record", At("2026-02-01")).retain_until == Day("2031-01-10"));
  CHECK(c.Ask("platform", "consent_proof", At("2026-02-01")).status == RetentionStatus::kNoRule);
  c.Event("unsubscribed", At("2026-02-14 18:20")).Event("hold_set", At("2026-01-01"), "m");
  const auto entry = c.Ask("platform", "suppression_entry", At("2026-03-01"));
  CHECK(entry.status == RetentionStatus::kIndefinite);
  CHECK(entry.review_on == Day("2028-02-14"));
  CHECK(ReadersOf(entry) == "legal");
  CHECK_FALSE(entry.erasure_blocked);
}

TEST_CASE("the reminder comes before the end, counted back") {
  RecordCase c({"talent_pool"});
  c.Event("reply", At("2024-01-20"));
  const auto got = c.Ask("recruiting", "cv", At("2025-06-01"));
  CHECK(got.retain_until == Day("2026-01-20"));
  CHECK(got.notify_on == Day("2025-12-21"));
}

TEST_CASE("every date is explained: rule, clock, law, a sentence in two languages") {
  RecordCase c = Candidate();
  c.Event("application_rejected", At("2024-11-15"));
  const auto got = c.Ask("recruiting", "cv", At("2026-11-16"));
  REQUIRE(got.steps.size() == 2);
  CHECK(got.steps[0].rule == "recruit_rejected");
  CHECK(got.steps[0].clock == "application_rejected");
  CHECK(got.steps[0].law.find("Diskrimineringslagen 6 kap. 4 §") != std::string::npos);
  CHECK(got.steps[0].date == Day("2026-11-15"));
  CHECK(got.steps[0].sv.find("ansökan avslogs fredag 15 november 2024; 24 månader därefter är "
                             "söndag 15 november 2026") != std::string::npos);
  CHECK(got.steps[1].code == "RETAIN_UNTIL");
  CHECK(got.steps[1].en == "Kept until Sunday 15 November 2026 inclusive and disposed of by Sunday "
                           "22 November 2026.");
  for (const auto& answer : {RecordCase({}).Ask("crm", "salary", At("2026-01-01")),
                             RecordCase({}).Ask("crm", "email", At("2026-01-01")),
                             RecordCase({"payroll"}).Ask("payroll", "salary", At("2026-01-01"))}) {
    REQUIRE(answer.steps.size() == 1);
    CHECK_FALSE(answer.steps[0].sv.empty());
    CHECK_FALSE(answer.steps[0].en.empty());
  }
}

}  // namespace varsam::retention
