// What retention costs beside PostgreSQL doing the bare of it, in one run; prints only.
//
//   VARSAM_TEST_PG=DIR retention_bench [stored, default 100000] [due, default 5000] [rounds, 3]
//
//   T1  plan: load what is due and compose it, beside a SELECT of the due range by its index; and
//       with a tenth stored, for the same due
//   T2  run of all due to issued items, in runs of 1,000, and on to certificates, as the feed tells
//       of 200 results at a time, beside DELETEs of equal batches
//   T3  RecordSignals in batches of 500 beside COPY of the same bytes into an equal table
//   T4  explain one person with records in eight systems beside the SELECTs of it
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/calendar/stockholm.h"
#include "libs/journal/journal.h"
#include "libs/ledger/migrations.h"
#include "services/retention/domain/field_facts.h"
#include "services/retention/rpc/operations.h"
#include "services/retention/store/postgres_retention_store.h"
#include "tests/support/lexium_model.h"
#include "tests/support/retention_catalogue.h"
#include "tests/support/test_database.h"

namespace varsam::retention {
namespace {

constexpr int kSignalsPerBatch = 500;
constexpr uint32_t kItemsPerRun = 1000;
constexpr size_t kResultsPerBatch = 200;

double Took(const std::function<void()>& work) {
  const absl::Duration start = MonotonicNow();
  work();
  return absl::ToDoubleSeconds(MonotonicNow() - start);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Print(const char* row, double ours, double ceiling, const char* unit) {
  std::printf("%-34s varsam %10.2f %s   bare %10.2f %s   ratio %.2f\n", row, ours, unit, ceiling,
              unit, ours / ceiling);
  std::fflush(stdout);
}

// The most this process has held in memory, in MiB.
void PrintMemory(const char* when) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) {
      std::printf("memory at most, %-18s %.0f MiB\n", when, std::atof(line.c_str() + 6) / 1024);
    }
  }
}

// A database of retention with the shipped rules, and what stands on it.
class Ground {
 public:
  Ground() : store_([](std::string_view) { return testing::RetentionModelOf(testing::Lexium()); }) {
    connection_ = database_.Open();
    const pg::MigrationSet sets[] = {ledger::Migrations(), journal::Migrations(), Migrations()};
    VARSAM_CHECK(pg::Migrate(*connection_, sets).ok());
    // Filling it takes as long as it takes.
    connection_->set_reply_timeout(absl::Hours(1));
    Do("SET statement_timeout = 0");
    Do("INSERT INTO policy_version (seq, version, effective_at, model) VALUES (1, '1', "
       "'2020-01-01', '\\x00')");
    ledger_ = std::make_unique<ledger::Ledger>("varsam/retention", std::string(32, 's'));
    operations_ = std::make_unique<Operations>(
        store_, DisposalCaps{.items_max = 20'000, .people_max = 20'000}, SystemClock(),
        [](const SubjectId& id) { return id.ToString(); });
    journal_ = std::make_unique<journal::Journal>(
        journal::JournalOptions{.connect = database_.options()}, *ledger_, SystemClock());
  }

  void Do(const std::string& sql) {
    const absl::Status done = connection_->Execute(sql);
    VARSAM_CHECK(done.ok()) << done.ToString();
  }
  pg::Connection& connection() { return *connection_; }
  RetentionStore& store() { return store_; }
  Operations& operations() { return *operations_; }
  journal::Journal& journal() { return *journal_; }

  template <typename Operation, typename Ask>
  void Submit(const Operation& operation, Ask ask) {
    const auto done =
        journal_->SubmitAndWait(operation, std::move(ask),
                                {.conflict_keys = {kRecordsKey}, .time_left = absl::Seconds(120)});
    VARSAM_CHECK(done.ok()) << done.status().ToString();
  }

 private:
  TestDatabase database_;
  PostgresRetentionStore store_;
  std::unique_ptr<pg::Connection> connection_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Operations> operations_;
  std::unique_ptr<journal::Journal> journal_;
};

Signal Prospect(const std::string& key, absl::Time last_reply, const char* system = "crm") {
  Signal signal;
  signal.subject = SubjectId(NewUuidV4());
  signal.system = system;
  signal.record_key = key;
  signal.data_categories = {"email"};
  signal.subject_categories = {"prospect"};
  signal.flags.origin = "self_initiated";
  signal.flags.customer = false;
  signal.collected_at = last_reply;
  signal.events = {{"reply", last_reply, last_reply}};
  signal.observed_at = last_reply;
  return signal;
}

// Copies the two people that the service has written itself, due and living, to full size.
void Fill(Ground& ground, int64_t stored, int64_t due) {
  const absl::Time now = SystemClock().Now();
  ground.Do("TRUNCATE field, person, disposal_item, disposal_run");
  ground.Submit(ground.operations().record_signals,
                RecordSignals{{Prospect("due", now - absl::Hours(24 * 740)),
                               Prospect("living", now - absl::Hours(24 * 30))}});
  for (const auto& [key, count] : {std::pair("due", due), std::pair("living", stored - due)}) {
    ground.Do(absl::StrCat(
        "CREATE TEMP TABLE more AS SELECT gen_random_uuid() AS id FROM generate_series(2, ", count,
        "); INSERT INTO person SELECT m.id, p.detail, p.limits, NULL FROM more m, person p JOIN "
        "field f USING (subject_id) WHERE f.record_key = '",
        key,
        "'; INSERT INTO field SELECT m.id, system, record_key, data_category, detail, "
        "observed_at, disposed_at, generation, status, may_until, must_until, retain_until, "
        "due_on, item_id FROM more m, field f WHERE f.record_key = '",
        key, "'; DROP TABLE more"));
  }
  ground.Do("VACUUM ANALYZE field");
  ground.Do("VACUUM ANALYZE person");
}

double TimePlan(Ground& ground, size_t want) {
  return Took([&] {
    const absl::Time now = SystemClock().Now();
    pg::Tx tx(ground.connection(), pg::TxKind::kSnapshot);
    const auto facts = ground.store().LoadDue(tx, calendar::LocalDayOf(now));
    VARSAM_CHECK(facts.ok()) << facts.status().ToString();
    const DisposalPlan plan =
        PlanDisposals(*facts->catalogue, facts->candidates, facts->holds, now, {});
    VARSAM_CHECK(plan.items.size() == want) << plan.items.size();
  });
}

double TimeSelect(Ground& ground, size_t want) {
  static constexpr pg::Statement kRange{
      "bench_due_range",
      "SELECT f.*, p.detail FROM field f JOIN person p USING (subject_id) WHERE due_on <= "
      "current_date AND disposed_at IS NULL AND item_id IS NULL"};
  return Took([&] {
    const auto rows = ground.connection().Query(kRange, pg::Params());
    VARSAM_CHECK(rows.ok() && rows->size() == want);
  });
}

void MeasurePlan(Ground& ground, int64_t stored, int64_t due, int rounds) {
  const auto medians = [&](int64_t size) {
    Fill(ground, size, due);
    std::vector<double> plans, selects;
    for (int i = 0; i < rounds; ++i) {
      plans.push_back(TimePlan(ground, static_cast<size_t>(due)) * 1000);
      selects.push_back(TimeSelect(ground, static_cast<size_t>(due)) * 1000);
    }
    return std::pair(Median(plans), Median(selects));
  };
  const auto tenth = medians(std::max(stored / 10, due * 2));
  const auto full = medians(stored);
  Print("T1 plan", full.first, full.second, "ms");
  std::printf("%-34s %.2f\n", "T1 the same due, ten times stored", full.first / tenth.first);
}

// Every issued item is told to be done; each person gets a certificate. Seconds.
double MeasureCertificates(Ground& ground, int64_t due) {
  static constexpr pg::Statement kIssued{
      "bench_issued", "SELECT item_id FROM disposal_item WHERE state = 2 ORDER BY item_id"};
  const auto rows = ground.connection().Query(kIssued, pg::Params());
  VARSAM_CHECK(rows.ok() && rows->size() == static_cast<size_t>(due));
  std::vector<DisposalResult> results;
  const absl::Time now = SystemClock().Now();
  for (pg::Row row : *rows) {
    DisposalResult one;
    one.item = ItemId(row.Uuid(0));
    one.done = true;
    one.executed.count = 1;
    one.executed.executed_at = now;
    one.executed.verification = "re-queried: 0";
    results.push_back(std::move(one));
  }
  const double took = Took([&] {
    for (size_t i = 0; i < results.size(); i += kResultsPerBatch) {
      DisposalFinished finished;
      const size_t end = std::min(i + kResultsPerBatch, results.size());
      finished.results.assign(results.begin() + static_cast<std::ptrdiff_t>(i),
                              results.begin() + static_cast<std::ptrdiff_t>(end));
      ground.Submit(ground.operations().apply_feed,
                    ApplyFeed{"requests", end, {std::move(finished)}});
    }
  });
  static constexpr pg::Statement kCount{"bench_certificates", "SELECT count(*) FROM certificate"};
  const auto count = ground.connection().Query(kCount, pg::Params());
  VARSAM_CHECK(count.ok() && count->Only().Int64(0) == due);
  return took;
}

void MeasureRun(Ground& ground, int64_t due) {
  const double runs = Took([&] {
    for (int64_t done = 0; done < due; done += kItemsPerRun) {
      RunDisposalAsk ask;
      ask.run.operator_name = "bench";
      ask.run.items_max = kItemsPerRun;
      ground.Submit(ground.operations().run_disposal, std::move(ask));
    }
  });
  ground.Do(
      "CREATE TABLE bare AS SELECT * FROM field WHERE item_id IS NOT NULL; "
      "CREATE INDEX ON bare (subject_id)");
  const double deletes = Took([&] {
    for (int64_t done = 0; done < due; done += kItemsPerRun) {
      ground.Do(
          absl::StrCat("DELETE FROM bare WHERE ctid = ANY (ARRAY(SELECT ctid FROM bare LIMIT ",
                       kItemsPerRun, "))"));
    }
  });
  ground.Do("DROP TABLE bare");
  Print("T2 run to issued items", runs * 1000, deletes * 1000, "ms");
  PrintMemory("after the runs");
  const double certificates = MeasureCertificates(ground, due);
  Print("T2 run to certificates", (runs + certificates) * 1000, deletes * 1000, "ms");
  std::printf("%-34s %.0f /s\n", "T2 certificates", static_cast<double>(due) / certificates);
  PrintMemory("after certificates");
}

void MeasureSignals(Ground& ground, int64_t people) {
  const absl::Time now = SystemClock().Now();
  const double signals = Took([&] {
    for (int64_t done = 0; done < people; done += kSignalsPerBatch) {
      RecordSignals ask;
      for (int i = 0; i < kSignalsPerBatch; ++i) {
        ask.signals.push_back(Prospect(absl::StrCat("new/", done + i), now - absl::Hours(24)));
      }
      ground.Submit(ground.operations().record_signals, std::move(ask));
    }
  });
  // A file of the server's, in its own folder.
  ground.Do("CREATE TABLE bare (LIKE field INCLUDING ALL)");
  static constexpr pg::Statement kFolder{"bench_folder",
                                         "SELECT current_setting('data_directory')"};
  const auto folder = ground.connection().Query(kFolder, pg::Params());
  VARSAM_CHECK(folder.ok());
  const std::string file = "'" + std::string(folder->Only().Text(0)) + "/bench_signals.copy'";
  ground.Do("COPY (SELECT * FROM field WHERE record_key LIKE 'new/%') TO " + file);
  const double copy = Took([&] { ground.Do("COPY bare FROM " + file); });
  ground.Do("DROP TABLE bare");
  const double rows = static_cast<double>(people);
  Print("T3 signals", rows / signals, rows / copy, "/s");
}

void MeasureExplain(Ground& ground, int rounds) {
  const absl::Time now = SystemClock().Now();
  RecordSignals ask;
  Signal one = Prospect("explained", now - absl::Hours(24 * 100));
  for (const char* system :
       {"crm", "payroll", "recruiting", "hr", "email", "ops", "website", "mailing"}) {
    one.system = system;
    one.data_categories = {"name", "email"};
    ask.signals.push_back(one);
  }
  ground.Submit(ground.operations().record_signals, ask);
  std::vector<double> explains, selects;
  for (int i = 0; i < rounds * 100; ++i) {
    explains.push_back(Took([&] {
      pg::Tx tx(ground.connection(), pg::TxKind::kSnapshot);
      const auto facts = ground.store().LoadFacts(tx, GrantErasure{one.subject, "", std::nullopt});
      VARSAM_CHECK(facts.ok());
      const PersonRecords& person = facts->people.people.at(one.subject);
      for (const Field& field : person.fields) {
        AnswerFor(*facts->people.catalogue, field,
                  FactsOf(*facts->people.catalogue, person.person, field, facts->holds), now);
      }
    }));
    static constexpr pg::Statement kFields{"bench_fields",
                                           "SELECT * FROM field WHERE subject_id = $1"};
    static constexpr pg::Statement kPerson{"bench_person",
                                           "SELECT * FROM person WHERE subject_id = $1"};
    static constexpr pg::Statement kHolds{"bench_holds", "SELECT * FROM hold"};
    selects.push_back(Took([&] {
      const pg::Params id = pg::Params().Uuid(one.subject.value());
      VARSAM_CHECK(ground.connection().Query(kFields, id).ok());
      VARSAM_CHECK(ground.connection().Query(kPerson, id).ok());
      VARSAM_CHECK(ground.connection().Query(kHolds, pg::Params()).ok());
    }));
  }
  Print("T4 explain one in eight systems", Median(explains) * 1e6, Median(selects) * 1e6, "us");
}

int Run(int64_t stored, int64_t due, int rounds) {
  Ground ground;
  std::printf("%lld stored, %lld due\n", static_cast<long long>(stored),
              static_cast<long long>(due));
  MeasurePlan(ground, stored, due, rounds);
  MeasureRun(ground, due);
  MeasureSignals(ground, std::min<int64_t>(stored / 5, 50'000));
  MeasureExplain(ground, rounds);
  return 0;
}

}  // namespace
}  // namespace varsam::retention

int main(int argc, char** argv) {
  const auto argument = [&](int i, int otherwise) {
    return argc > i ? std::max(1, std::atoi(argv[i])) : otherwise;
  };
  return varsam::retention::Run(argument(1, 100'000), argument(2, 5'000), argument(3, 3));
}
