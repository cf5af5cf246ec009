// Signals, plans, runs and holds over mTLS on a real database.
#include <set>

#include "libs/base/error.h"
#include "tests/integration/services/retention/kept_company.h"
#include "tests/support/gate.h"

namespace varsam::retention {
namespace {

using testing::FreshId;
using testing::Patient;
using testing::ReadSource;

std::string Policy() { return ReadSource("deploy/policy/lexium.yaml"); }

std::string Key(const v1::DisposalItem& item) {
  std::string key = item.system() + "/" + item.record_key() + "/" + item.subject_id() + ":";
  for (const std::string& one : item.data_categories()) key += one + ",";
  return key + item.method() + item.rule();
}

template <typename Items>
std::set<std::string> Keys(const Items& items, v1::DisposalState state) {
  std::set<std::string> keys;
  for (const v1::DisposalItem& item : items) {
    if (item.state() == state) keys.insert(Key(item));
  }
  return keys;
}

}  // namespace

TEST_CASE("signals twice and out of order give the same rows") {
  KeptCompany company;
  company.ApplyPolicy(Policy());
  v1::RecordSignal early = KeptCompany::IdleProspect("7/1", "2024-11-20T10:00:00Z");
  v1::RecordSignal late = early;
  *late.mutable_observed_at() = Stamp("2026-11-25T02:00:00Z");
  *late.mutable_events(0)->mutable_at() = Stamp("2026-03-01T10:00:00Z");
  const std::string rows =
      "SELECT ('x' || substr(md5(string_agg(t::text, '|' ORDER BY record_key, data_category)), 1, "
      "15))::bit(60)::bigint FROM (SELECT record_key, data_category, detail, observed_at, status, "
      "retain_until, due_on FROM field) AS t";
  REQUIRE(company.Record({early, late}).ok());
  const int64_t want = company.Count(rows);
  const int64_t entries = company.Count("SELECT size FROM ledger_head");
  REQUIRE(company.Record({late, early}).ok());
  REQUIRE(company.Record({early}).ok());
  CHECK(company.Count(rows) == want);
  CHECK(company.Count("SELECT size FROM ledger_head") == entries);  // no news, no entry
  CHECK(company.LedgerEntries("limits_changed").size() == 1);
  CHECK(company.Plan().items().empty());
}

TEST_CASE("the run disposes of the plan; a hold placed between the two is honoured") {
  KeptCompany company;
  company.ApplyPolicy(Policy());
  std::vector<v1::RecordSignal> signals;
  for (int i = 0; i < 5; ++i) {
    signals.push_back(
        KeptCompany::IdleProspect("due/" + std::to_string(i), "2024-11-24T10:00:00Z"));
  }
  signals.push_back(KeptCompany::IdleProspect("last day", "2024-11-25T10:00:00Z"));
  REQUIRE(company.Record(signals).ok());
  const v1::PlanDisposalResponse plan = company.Plan();
  CHECK(plan.items_size() == 5);
  REQUIRE(plan.totals_size() == 1);
  CHECK(plan.totals(0).due() == 5);

  v1::PlaceHoldResponse hold;
  REQUIRE(company.gateway->PlaceHold(Patient().get(), HoldOn(signals[2].subject_id()), &hold).ok());
  v1::RunDisposalRequest strict = RunRequest();
  strict.set_plan_digest(plan.plan_digest());
  v1::RunDisposalResponse run;
  CHECK(ReasonOf(company.Run(strict, &run)) == "PLAN_CHANGED");

  REQUIRE(company.Run(RunRequest(), &run).ok());
  CHECK(run.run().items_total() == 5);
  CHECK(run.run().items_blocked() == 1);
  auto items = company.ItemsOf(run.run().id());
  std::set<std::string> all = Keys(items, v1::DISPOSAL_STATE_ISSUED);
  const std::set<std::string> blocked = Keys(items, v1::DISPOSAL_STATE_BLOCKED);
  CHECK(all.size() == 4);
  REQUIRE(blocked.size() == 1);
  CHECK(blocked.begin()->find(signals[2].subject_id()) != std::string::npos);
  all.insert(blocked.begin(), blocked.end());
  CHECK(all == Keys(plan.items(), v1::DISPOSAL_STATE_DUE));
  auto issued = company.LedgerEntries("disposal_issued");
  REQUIRE(issued.size() == 1);
  CHECK(issued[0].disposal_issued().items_size() == 4);
  CHECK(company.Plan().totals(0).due() == 0);  // nothing twice

  // The hold ends: the day after, the blocked item is issued by itself, for the same run.
  v1::ReleaseHoldRequest release;
  release.set_request_id(FreshId());
  release.set_hold_id(hold.hold().id());
  release.set_reason("Förlikning");
  v1::ReleaseHoldResponse released;
  REQUIRE(company.gateway->ReleaseHold(Patient().get(), release, &released).ok());
  CHECK(company.LedgerEntries("disposal_issued").size() == 1);
  company.SetTime("2026-11-26T00:30:00Z");
  Await([&] { return company.LedgerEntries("disposal_issued").size() == 2; });
  issued = company.LedgerEntries("disposal_issued");
  CHECK(issued[1].disposal_issued().run_id() == run.run().id());
  CHECK(issued[1].disposal_issued().items(0).subject_id() == signals[2].subject_id());
  CHECK(issued[1].disposal_issued().items(0).retain_until() == "2026-11-25");
}

TEST_CASE("a run whose COMMIT is cut is issued once, whatever the caller repeats") {
  const std::string directory = TestDatabase().socket_directory();
  for (const Gate::Cut cut : {Gate::Cut::kBeforeForwarding, Gate::Cut::kBeforeReply}) {
    Gate gate(directory);
    KeptCompany company(gate.directory());
    company.ApplyPolicy(Policy());
    company.config.housekeeping_every = absl::Hours(1);  // the only COMMIT is the run's
    company.Restart();
    REQUIRE(company.Record({KeptCompany::IdleProspect("1", "2024-11-20T10:00:00Z")}).ok());
    const v1::RunDisposalRequest request = RunRequest();
    v1::RunDisposalResponse first, second;
    gate.CutNext(cut);
    const absl::Status status = company.Run(request, &first);
    CHECK(gate.cuts() == 1);
    company.Restart();
    REQUIRE(company.Run(request, &second).ok());
    if (status.ok()) CHECK(first.run().id() == second.run().id());
    CHECK(company.LedgerEntries("disposal_run_started").size() == 1);
    CHECK(company.LedgerEntries("disposal_issued").size() == 1);
    CHECK(company.Count("SELECT count(*) FROM disposal_item") == 1);
  }
}

TEST_CASE("above the cap the run needs two different people") {
  KeptCompany company;
  company.config.disposal_people_max = 2;
  company.Restart();
  company.ApplyPolicy(Policy());
  std::vector<v1::RecordSignal> signals;
  for (int i = 0; i < 3; ++i) {
    signals.push_back(KeptCompany::IdleProspect(std::to_string(i), "2024-11-20T10:00:00Z"));
  }
  REQUIRE(company.Record(signals).ok());
  v1::RunDisposalRequest request = RunRequest();
  v1::RunDisposalResponse run;
  CHECK(ReasonOf(company.Run(request, &run)) == "SECOND_APPROVER_NEEDED");
  request.set_request_id(FreshId());
  request.add_approvers("anna");
  request.add_approvers("anna");
  CHECK(ReasonOf(company.Run(request, &run)) == "SECOND_APPROVER_NEEDED");
  CHECK(company.Count("SELECT count(*) FROM disposal_run") == 0);
  request.set_request_id(FreshId());
  request.set_approvers(1, "eva");
  CHECK(company.Run(request, &run).ok());
}

TEST_CASE("a clock that jumps stops the run and nothing is issued") {
  KeptCompany company;
  company.config.check_clocks = true;
  company.Restart();
  company.ApplyPolicy(Policy());
  // Due in two years, in forty days and next month; one is due today.
  REQUIRE(company
              .Record({KeptCompany::IdleProspect("1", "2026-01-01T10:00:00Z"),
                       KeptCompany::IdleProspect("2", "2025-01-05T10:00:00Z"),
                       KeptCompany::IdleProspect("3", "2024-12-20T10:00:00Z"),
                       KeptCompany::IdleProspect("4", "2024-11-20T10:00:00Z")})
              .ok());
  v1::RunDisposalResponse run;
  REQUIRE(company.Run(RunRequest(), &run).ok());
  CHECK(run.run().items_total() == 1);
  // 45 days ahead, 400 days, ten years, five hours back; with and without a restart.
  for (const char* jump : {"2027-01-09T12:00:00Z", "2027-12-30T12:00:00Z", "2036-11-25T12:00:00Z",
                           "2026-11-25T07:00:00Z"}) {
    INFO(jump);
    company.SetTime(jump);
    CHECK(ReasonOf(company.Run(RunRequest(), &run)) == "CLOCKS_DISAGREE");
    company.Restart();
    CHECK(ReasonOf(company.Run(RunRequest(), &run)) == "CLOCKS_DISAGREE");
    CHECK(company.Count("SELECT count(*) FROM disposal_item") == 1);
  }
  company.SetTime("2026-11-25T12:00:30Z");
  REQUIRE(company.Run(RunRequest(), &run).ok());
  CHECK(run.run().items_total() == 0);  // nothing twice
}

TEST_CASE("a staged run can be taken back, and what is not taken back is issued by itself") {
  KeptCompany company;
  company.ApplyPolicy(Policy());
  REQUIRE(company
              .Record({KeptCompany::IdleProspect("1", "2024-11-20T10:00:00Z"),
                       KeptCompany::IdleProspect("2", "2024-11-20T10:00:00Z")})
              .ok());
  v1::RunDisposalRequest request = RunRequest();
  request.set_undo_seconds(24 * 3600);
  v1::RunDisposalResponse run;
  REQUIRE(company.Run(request, &run).ok());
  CHECK(run.run().items_blocked() == 2);
  for (const v1::DisposalItem& item : company.ItemsOf(run.run().id())) {
    CHECK(item.blocked_by() == "undo_window");
    CHECK(item.has_staged_until());
  }
  CHECK(company.LedgerEntries("disposal_issued").empty());

  v1::CancelDisposalRunRequest cancel;
  cancel.set_request_id(FreshId());
  cancel.set_run_id(run.run().id());
  v1::CancelDisposalRunResponse cancelled;
  REQUIRE(company.gateway->CancelDisposalRun(Patient().get(), cancel, &cancelled).ok());
  CHECK(cancelled.cancelled() == 2);
  CHECK(cancelled.run().has_finished_at());
  cancel.set_request_id(FreshId());
  CHECK(ReasonOf(rpc::FromGrpc(company.gateway->CancelDisposalRun(
            Patient().get(), cancel, &cancelled))) == "NOTHING_TO_CANCEL");

  // The fields are due as before; a hold during the window wins over the second attempt.
  request.set_request_id(FreshId());
  REQUIRE(company.Run(request, &run).ok());
  CHECK(run.run().items_blocked() == 2);
  const std::string held = company.ItemsOf(run.run().id())[0].subject_id();
  v1::PlaceHoldResponse hold;
  REQUIRE(company.gateway->PlaceHold(Patient().get(), HoldOn(held), &hold).ok());
  company.SetTime("2026-11-26T11:59:00Z");
  CHECK(company.LedgerEntries("disposal_issued").empty());
  company.SetTime("2026-11-26T12:01:00Z");
  Await([&] { return company.LedgerEntries("disposal_issued").size() == 1; });
  const auto issued = company.LedgerEntries("disposal_issued");
  REQUIRE(issued[0].disposal_issued().items_size() == 1);
  CHECK(issued[0].disposal_issued().items(0).subject_id() != held);
}

TEST_CASE("a run of so many items takes the first and leaves the rest to the next") {
  KeptCompany company;
  company.ApplyPolicy(Policy());
  std::vector<v1::RecordSignal> signals;
  for (int i = 0; i < 7; ++i) {
    signals.push_back(KeptCompany::IdleProspect(std::to_string(i), "2024-11-20T10:00:00Z"));
  }
  REQUIRE(company.Record(signals).ok());
  std::set<std::string> seen;
  for (uint32_t want : {3u, 3u, 1u, 0u}) {
    v1::RunDisposalRequest request = RunRequest();
    request.set_items_max(3);
    v1::RunDisposalResponse run;
    REQUIRE(company.Run(request, &run).ok());
    CHECK(run.run().items_total() == want);
    for (const v1::DisposalItem& item : company.ItemsOf(run.run().id())) {
      CHECK(seen.insert(item.record_key()).second);
    }
  }
  CHECK(seen.size() == 7);
}

TEST_CASE("a shortened rule reaches old records by itself") {
  KeptCompany company;
  company.ApplyPolicy(Policy());
  REQUIRE(company.Record({KeptCompany::IdleProspect("1", "2025-06-10T10:00:00Z")}).ok());
  CHECK(company.Plan().items().empty());
  std::string shorter = Policy();
  const size_t rule = shorter.find("  crm_self_initiated_idle:");
  const size_t keep = shorter.find("keep: P24M", rule);
  shorter.replace(keep, 10, "keep: P12M");
  const size_t version = shorter.find("version: ");
  shorter.replace(version, shorter.find('\n', version) - version, "version: \"9.9\"");
  company.ApplyPolicy(shorter);
  company.SetTime("2026-11-27T12:00:00Z");
  company.AwaitRecomputed();
  const v1::PlanDisposalResponse plan = company.Plan();
  REQUIRE(plan.items_size() == 1);
  CHECK(plan.items(0).retain_until() == "2026-06-10");
  CHECK(company.LedgerEntries("limits_changed").size() == 2);
}

TEST_CASE("what is wrong in a signal is named, and nothing is kept") {
  KeptCompany company;
  const v1::RecordSignal good = KeptCompany::IdleProspect("1", "2024-11-20T10:00:00Z");
  CHECK(ReasonOf(company.Record({good})) == "POLICY_MISSING");
  company.ApplyPolicy(Policy());
  const auto violation = [&](const v1::RecordSignal& bad) {
    const absl::Status status = company.Record({good, bad});
    const auto violations = FieldViolationsOf(status);
    return violations.empty() ? status.ToString() : violations[0].field;
  };
  v1::RecordSignal bad = good;
  bad.set_subject_id("karl");
  CHECK(violation(bad) == "signals[1].subject_id");
  bad = good;
  bad.mutable_events(0)->set_type("erasure_granted");
  CHECK(violation(bad) == "signals[1].events[0].type");
  bad = good;
  (*bad.mutable_flags())["mood"] = "good";
  CHECK(violation(bad) == "signals[1].flags");
  bad = good;
  bad.clear_data_categories();
  CHECK(violation(bad) == "signals[1].data_categories");
  bad = good;
  bad.mutable_collected_at()->set_seconds(-9'000'000'000);
  CHECK(violation(bad) == "signals[1].collected_at");
  CHECK(company.Record({}).code() == absl::StatusCode::kInvalidArgument);
  CHECK(company.Count("SELECT count(*) FROM field") == 0);
  v1::PlanErasureRequest request;
  v1::PlanErasureResponse response;
  CHECK(company.gateway->PlanErasure(Patient().get(), request, &response).error_code() ==
        grpc::StatusCode::PERMISSION_DENIED);
}

}  // namespace varsam::retention
