// What the journal costs beside a bare batch of equal bytes, in the same run on the same server.
//
//   VARSAM_TEST_PG=DIR journal_bench [asks] [in_flight] [rounds]
//
// Bare: libs/pg, one transaction per batch, unnest arrays into one table without an index, batches
// as large as the journal's were. Journal: look-up of the request id, load, decide, two tables with
// indexes, the kept response, the ledger entry with its signed checkpoint. No assertion; the last
// line holds the medians.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/pg/tx.h"
#include "tests/support/tally.h"

namespace varsam {
namespace {

constexpr pg::Statement kBare{"bench_bare",
                              "INSERT INTO bare (id, account, amount, response, fingerprint) "
                              "SELECT i, a, m, r, f FROM unnest($1, $2, $3, $4, $5) "
                              "AS t(i, a, m, r, f)"};

struct Rate {
  double per_second;
  double mean_batch;
};

double SecondsSince(absl::Duration start) { return absl::ToDoubleSeconds(MonotonicNow() - start); }

// A window of asks in flight, each answer letting the next one in.
Rate MeasureJournal(TallyDatabase& database, int asks, int in_flight, int round) {
  journal::Journal journal({.connect = database.options()}, database.ledger(), SystemClock());
  std::mutex mutex;
  std::condition_variable changed;
  int open = 0;
  int failed = 0;
  const absl::Duration start = MonotonicNow();
  for (int i = 0; i < asks; ++i) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return open < in_flight; });
      ++open;
    }
    const std::string account = std::to_string(round) + "/" + std::to_string(i);
    journal.Submit(MoveMoney(), Move{account, 1},
                   {.request_id = RequestId(NewUuidV4()),
                    .fingerprint = std::string(32, 'f'),
                    .conflict_keys = {account},
                    .time_left = absl::Seconds(60)},
                   [&](absl::StatusOr<journal::Committed> committed) {
                     std::lock_guard lock(mutex);
                     failed += committed.ok() ? 0 : 1;
                     --open;
                     changed.notify_one();
                   });
  }
  journal.Drain();
  VARSAM_CHECK(failed == 0) << failed << " asks failed";
  return {asks / SecondsSince(start), static_cast<double>(asks) / journal.Stats().commits_total};
}

Rate MeasureBare(TallyDatabase& database, int asks, int batch) {
  auto connection = database.Open();
  const absl::Duration start = MonotonicNow();
  for (int done = 0; done < asks; done += batch) {
    const int size = std::min(batch, asks - done);
    std::vector<Uuid> ids;
    std::vector<std::string> accounts;
    for (int i = 0; i < size; ++i) {
      ids.push_back(NewUuidV4());
      accounts.push_back("0/" + std::to_string(done + i));
    }
    const auto bytes = [](size_t n) { return std::string(n, 'f'); };
    pg::Tx tx(*connection);
    tx.Enqueue(kBare, pg::Params()
                          .Uuids(ids)
                          .Texts(accounts)
                          .Int64s(std::vector<int64_t>(ids.size(), 1))
                          .BytesList(std::vector<std::string>(ids.size(), bytes(16)))
                          .BytesList(std::vector<std::string>(ids.size(), bytes(32))));
    VARSAM_CHECK(tx.Commit().ok());
  }
  return {asks / SecondsSince(start), static_cast<double>(batch)};
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int Run(int asks, int in_flight, int rounds) {
  TallyDatabase database;
  auto connection = database.Open();
  VARSAM_CHECK(connection
                   ->Execute("CREATE TABLE bare (id uuid, account text, amount bigint, "
                             "response bytea, fingerprint bytea)")
                   .ok());
  std::vector<double> journal_rates;
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    const Rate journal = MeasureJournal(database, asks, in_flight, round);
    const Rate bare =
        MeasureBare(database, asks, std::max(1, static_cast<int>(journal.mean_batch)));
    std::printf("journal %8.0f/s (%.0f a batch)   bare %8.0f/s   ratio %.2f\n", journal.per_second,
                journal.mean_batch, bare.per_second, journal.per_second / bare.per_second);
    journal_rates.push_back(journal.per_second);
    ratios.push_back(journal.per_second / bare.per_second);
  }
  std::printf("median: %d in flight, journal %.0f/s, ratio to bare %.2f\n", in_flight,
              Median(journal_rates), Median(ratios));
  return 0;
}

}  // namespace
}  // namespace varsam

int main(int argc, char** argv) {
  const auto argument = [&](int i, int otherwise) {
    return argc > i ? std::max(1, std::atoi(argv[i])) : otherwise;
  };
  return varsam::Run(argument(1, 20000), argument(2, 256), argument(3, 5));
}
