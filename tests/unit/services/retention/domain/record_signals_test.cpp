#include "services/retention/domain/record_signals.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "tests/unit/services/retention/domain/kept_person.h"

namespace varsam::retention {
namespace {

using testing::At;
using testing::Day;

const absl::Time kNow = At("2026-11-25 12:00");

// Everything stored of the fields, as one text.
std::string Shown(const People& people) {
  std::string text;
  for (const auto& [id, records] : people) {
    for (const Field& field : records.fields) {
      text += field.key.record_key + "/" + field.key.category + " " +
              absl::FormatTime(field.observed_at) + " " +
              (field.flags.customer.value_or(false) ? "customer" : "prospect");
      for (const SeenEvent& event : field.events) {
        text += " " + event.type + "@" + absl::FormatTime(event.at);
      }
      if (field.standing.due_on) text += " due " + field.standing.due_on->ToString();
      text += "\n";
    }
  }
  return text;
}

}  // namespace

TEST_CASE("signals twice and in any order give the same fields") {
  Signal first = IdleProspect("7/1", At("2024-11-24 10:00"));
  Signal second = first;
  second.flags.customer = true;
  second.observed_at = At("2026-11-21 02:00");
  second.events = {{"reply", At("2024-03-01"), At("2024-03-01")}};  // known late, happened before
  Signal third = first;
  third.data_categories = {"opinion"};
  third.events = {{"survey_answered", At("2026-01-01"), At("2026-01-01")}};
  std::vector<Signal> signals{first, second, third};
  std::sort(signals.begin(), signals.end(), [](const Signal& a, const Signal& b) {
    return std::pair(*a.observed_at, a.data_categories) <
           std::pair(*b.observed_at, b.data_categories);
  });
  const std::string want = Shown(PeopleAfter(signals, kNow));
  CHECK(want.find("customer reply@2024-11-24") != std::string::npos);
  do {
    People people;
    for (const Signal& signal : signals) people = PeopleAfter({signal}, kNow, people);
    CHECK(Shown(people) == want);
    people = PeopleAfter(signals, kNow, people);
    CHECK(Shown(people) == want);
  } while (std::next_permutation(signals.begin(), signals.end(),
                                 [](const Signal& a, const Signal& b) {
                                   return std::pair(*a.observed_at, a.data_categories) <
                                          std::pair(*b.observed_at, b.data_categories);
                                 }));
}

TEST_CASE("a duplicate is no news") {
  const Signal signal = IdleProspect("7/1", At("2024-11-24 10:00"));
  const People people = PeopleAfter({signal}, kNow);
  const auto again = Decide(RecordSignals{{signal}}, PeopleFacts{LexiumCatalogue(), people}, kNow);
  REQUIRE(again.ok());
  CHECK_FALSE(again->news);
  CHECK(again->changed.empty());
  CHECK(again->recorded == 1);
}

TEST_CASE("a planned end may be moved back by a later reading, a reply may not") {
  Signal customer = IdleProspect("7/2", At("2026-01-01"));
  customer.subject_categories = {"customer_contact"};
  customer.flags.customer = true;
  customer.data_categories = {"email"};
  customer.events = {{"contract_end", At("2028-06-30"), kNow}};
  Signal later = customer;
  later.observed_at = At("2026-11-22 02:00");
  later.events = {{"contract_end", At("2026-06-30"), kNow}};
  const People people = PeopleAfter({later, customer}, kNow);
  const Field& field = people.begin()->second.fields.front();
  CHECK(field.standing.retain_until == Day("2028-06-30"));
  CHECK(field.standing.due_on == Day("2028-07-01"));
}

TEST_CASE("an old signal does not revive what was disposed of, a newer reading does") {
  Signal signal = IdleProspect("7/1", At("2024-11-20 10:00"));
  People people = PeopleAfter({signal}, kNow);
  for (Field& field : people.begin()->second.fields) field.disposed_at = At("2026-11-24 10:00");
  people = PeopleAfter({signal}, kNow, people);
  CHECK(people.begin()->second.fields.front().disposed_at.has_value());
  signal.observed_at = At("2026-11-25 02:00");
  people = PeopleAfter({signal}, kNow, people);
  CHECK_FALSE(people.begin()->second.fields.front().disposed_at.has_value());
}

TEST_CASE("limits are the latest over all systems; what only the law keeps has no ordinary use") {
  Signal crm = IdleProspect("7/1", At("2024-12-24 10:00"));
  Signal payroll = crm;
  payroll.system = "payroll";
  payroll.record_key = "99";
  payroll.data_categories = {"accounting_record", "name"};
  payroll.subject_categories = {"customer_contact"};
  payroll.events = {{"fiscal_year_end", At("2025-12-31"), kNow}};
  const auto outcome =
      Decide(RecordSignals{{crm, payroll}}, PeopleFacts{LexiumCatalogue(), {}}, kNow);
  REQUIRE(outcome.ok());
  REQUIRE(outcome->limits.size() == 1);
  CHECK(LimitsText(outcome->limits[0].limits) ==
        "accounting_record:1970-01-01:2032-12-31;email:2026-12-24:;name:2026-12-24:2032-12-31;"
        "sales_activity:2026-12-24:;");
}

TEST_CASE("without a policy nothing is recorded") {
  const auto outcome = Decide(RecordSignals{{IdleProspect("1", kNow)}}, PeopleFacts{}, kNow);
  CHECK(ReasonOf(outcome.status()) == "POLICY_MISSING");
}

TEST_CASE("a shortened period applies to old records at once, a longer one does not") {
  auto shorter = std::make_shared<RetentionModel>(testing::LexiumRetention());
  for (Rule& rule : shorter->rules) {
    if (rule.id == "crm_self_initiated_idle") rule.keep = calendar::Months(12);
  }
  const auto first = std::make_shared<const RetentionModel>(testing::LexiumRetention());
  const Catalogue before = CompileCatalogue({{1, "1", At("2026-01-01"), first}});
  const Catalogue after =
      CompileCatalogue({{1, "1", At("2026-01-01"), first}, {2, "2", At("2026-09-01"), shorter}});
  CHECK(after.GenerationAt(kNow) > before.GenerationAt(kNow));
  CHECK(after.GenerationAt(At("2026-08-31")) < after.GenerationAt(At("2026-09-01")));
  const People people = PeopleAfter({IdleProspect("1", At("2025-06-10"))}, kNow);
  const PersonRecords& records = people.begin()->second;
  CHECK(ComputeStanding(before, records.person, records.fields[0], kNow).retain_until ==
        Day("2027-06-10"));
  const Standing standing = ComputeStanding(after, records.person, records.fields[0], kNow);
  CHECK(standing.retain_until == Day("2026-06-10"));
  CHECK(standing.due_on == Day("2026-06-11"));
  // Before the change takes effect the index already knows the day to look.
  CHECK(ComputeStanding(after, records.person, records.fields[0], At("2026-08-01")).due_on ==
        Day("2026-09-01"));
}

}  // namespace varsam::retention
