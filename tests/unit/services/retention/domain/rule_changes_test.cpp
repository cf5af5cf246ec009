// A period that changes while records live under it (FORMAT 4.2 "Rule changes", reading 7-R10).
#include <algorithm>
#include <catch2/catch.hpp>

#include "services/retention/domain/backup_clear.h"
#include "services/retention/domain/retain_until.h"
#include "tests/support/days.h"
#include "tests/support/record_case.h"

namespace varsam::retention {
namespace {

using testing::At;
using testing::Day;
using testing::ReadersOf;
using testing::RecordCase;

// Last signal on 10 January 2025; newsletter_idle keeps P24M: 2027-01-10.
RecordCase Recipient() {
  RecordCase c({"marketing_email"});
  c.Event("interest_signal", At("2025-01-10 12:00"));
  return c;
}

void Change(RecordCase& c, absl::Time at, calendar::Period keep) {
  c.facts.rule_changes.push_back({"newsletter_idle", at, keep});
}

RetentionAnswer Ask(const RecordCase& c, absl::Time as_of) {
  return c.Ask("mailing", "email", as_of);
}

}  // namespace

TEST_CASE("a shortened period applies from its own second, never before it") {
  RecordCase c = Recipient();
  Change(c, At("2026-09-01 12:00"), calendar::Months(12));
  CHECK(Ask(c, At("2026-09-01 11:59:59")).retain_until == Day("2027-01-10"));
  const auto got = Ask(c, At("2026-09-01 12:00"));
  CHECK(got.retain_until == Day("2026-01-10"));
  CHECK(got.use_denied_from == At("2026-09-01 12:00"));
  CHECK(got.erase_by == Day("2026-09-08"));
  CHECK(ReadersOf(got).empty());
}

TEST_CASE("shortened to a day still ahead: the new end counts") {
  RecordCase c = Recipient();
  Change(c, At("2025-11-01"), calendar::Months(12));
  const auto got = Ask(c, At("2025-12-01"));
  CHECK(got.retain_until == Day("2026-01-10"));
  CHECK(got.use_denied_from == At("2026-01-11"));
  CHECK(got.erase_by == Day("2026-01-17"));
}

TEST_CASE("shortened after the old end: nothing is given back") {
  RecordCase c = Recipient();
  Change(c, At("2027-05-01"), calendar::Months(12));
  const auto got = Ask(c, At("2027-06-01"));
  CHECK(got.retain_until == Day("2026-01-10"));
  CHECK(got.use_denied_from == At("2027-01-11"));
  CHECK(got.erase_by == Day("2027-01-17"));
}

TEST_CASE("a lengthened period helps only records collected after it") {
  RecordCase c = Recipient();
  Change(c, At("2024-06-01"), calendar::Years(5));
  CHECK(Ask(c, At("2026-01-01")).retain_until == Day("2027-01-10"));
  c.facts.collected_at = At("2024-06-01");  // at the very instant: before it
  CHECK(Ask(c, At("2026-01-01")).retain_until == Day("2027-01-10"));
  c.facts.collected_at = At("2024-06-01") + absl::Seconds(1);
  CHECK(Ask(c, At("2026-01-01")).retain_until == Day("2030-01-10"));
  // The latest one before the collection is in force, not the shortest.
  Change(c, At("2023-01-01"), calendar::Months(3));
  CHECK(Ask(c, At("2026-01-01")).retain_until == Day("2030-01-10"));
}

TEST_CASE("of two changes of one second the shorter one counts, in any order of the list") {
  RecordCase c = Recipient();
  c.facts.collected_at = At("2024-06-02");
  Change(c, At("2024-06-01"), calendar::Months(3));
  Change(c, At("2024-06-01"), calendar::Years(5));
  CHECK(Ask(c, At("2025-02-01")).retain_until == Day("2025-04-10"));
  std::reverse(c.facts.rule_changes.begin(), c.facts.rule_changes.end());
  CHECK(Ask(c, At("2025-02-01")).retain_until == Day("2025-04-10"));
}

TEST_CASE("shortened, then lengthened again: the shorter one stays") {
  RecordCase c = Recipient();
  Change(c, At("2025-12-01"), calendar::Years(3));
  Change(c, At("2025-11-01"), calendar::Months(18));
  CHECK(Ask(c, At("2026-01-01")).retain_until == Day("2026-07-10"));
  Change(c, At("2025-12-15"), calendar::Months(15));
  CHECK(Ask(c, At("2026-01-01")).retain_until == Day("2026-04-10"));
}

TEST_CASE("shortened twice: use that the first change ended stays ended") {
  RecordCase c = Recipient();
  Change(c, At("2026-09-01"), calendar::Months(12));
  Change(c, At("2026-10-01"), calendar::Months(6));
  const auto got = Ask(c, At("2026-10-01"));
  CHECK(got.retain_until == Day("2025-07-10"));
  CHECK(got.use_denied_from == At("2026-09-01"));
  CHECK(got.erase_by == Day("2026-09-08"));
}

TEST_CASE("a change can make another rule of the group the earlier one, and a minimum shorter") {
  RecordCase c({"contract_delivery"});
  c.facts.subject_categories = {"customer_contact"};
  c.Event("contract_end", At("2026-01-31")).Event("role_ended", At("2026-02-10"));
  CHECK(c.Ask("crm", "email", At("2026-03-01")).decided_by == "customer_role_ended");
  c.facts.rule_changes.push_back({"customer_contact", At("2026-02-15"), calendar::Months(1)});
  CHECK(c.Ask("crm", "email", At("2026-03-01")).decided_by == "customer_contact");

  RecordCase books({"bookkeeping"});
  books.Event("fiscal_year_end", At("2018-12-31"));
  books.facts.rule_changes.push_back({"bookkeeping", At("2024-05-01"), calendar::Years(5)});
  books.facts.collected_at = At("2018-06-01");
  const auto got = books.Ask("payroll", "accounting_record", At("2024-06-01"));
  CHECK(got.must_until == Day("2023-12-31"));
  CHECK(got.erase_by == Day("2024-05-08"));
}

TEST_CASE("the person's own act before the change still ends use at its instant") {
  RecordCase c = Recipient();
  Change(c, At("2026-09-01"), calendar::Months(12));
  c.Event("erasure_granted", At("2026-05-01 08:00"));
  const auto got = Ask(c, At("2026-09-02"));
  CHECK(got.retain_until == Day("2026-01-10"));
  CHECK(got.use_denied_from == At("2026-05-01 08:00"));
  CHECK(got.erase_by == Day("2026-05-08"));
}

TEST_CASE("the example of FORMAT 4.5: a hold released before the rule was shortened") {
  RecordCase c({"contract_delivery", "customer_satisfaction"});
  c.facts.subject_categories = {"customer_contact"};
  c.facts.flags.customer = true;
  c.facts.collected_at = At("2023-06-01 09:00");
  c.facts.purposes[0].ended_at = At("2025-02-28 12:00");
  c.Event("contract_end", At("2025-02-28 12:00")).Event("survey_answered", At("2025-12-15 10:00"));
  c.Event("hold_set", At("2026-03-02 10:00"), "case-7");
  c.Event("hold_released", At("2026-04-20 16:00"), "case-7");
  c.facts.rule_changes = {{"satisfaction", At("2026-05-01"), calendar::Months(3)}};
  const auto before = c.Ask("crm", "opinion", At("2026-04-30 23:59:59"));
  CHECK(before.retain_until == Day("2027-12-15"));
  const auto got = c.Ask("crm", "opinion", At("2026-05-01"));
  CHECK(got.may_until == Day("2026-03-15"));
  CHECK(got.retain_until == Day("2026-04-20"));
  CHECK(got.use_denied_from == At("2026-05-01"));
  CHECK(got.erase_by == Day("2026-05-08"));
  CHECK(got.decided_by == "hold_release");
  CHECK(got.rule->action == "anonymise");
}

TEST_CASE("backups: 35 days from the local day of the erasure; the same second is replayed") {
  const absl::Time erased =
      absl::FromCivil(absl::CivilSecond(2026, 9, 30, 22, 30), absl::UTCTimeZone());
  CHECK(BackupClearBy(erased, calendar::Days(35)) == Day("2026-11-05"));
  CHECK(ReplayRemovesSubject(erased, erased));
  CHECK_FALSE(ReplayRemovesSubject(erased, erased + absl::Seconds(1)));
}

}  // namespace varsam::retention
