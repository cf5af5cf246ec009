// The one write path of a service: asks queue up, one writer thread with its own connection takes
// what has queued while the last batch was committing, decides each and commits all with their
// ledger entries at once. Any number of replicas may share a database: the ledger's head lock
// orders them.
//
//   journal.Submit(kRecordConsent, std::move(ask),
//                  {.request_id = ask.request, .fingerprint = Fingerprint(message),
//                   .conflict_keys = {subject.ToString()}, .time_left = call.TimeLeft()},
//                  [reactor](absl::StatusOr<Committed> committed) { … });
//
// What a caller is told:
//   OK                                 durable; `replayed` when the same request had been done
//   before ALREADY_EXISTS REQUEST_ID_REUSED   this request id came before with other content
//   RESOURCE_EXHAUSTED QUEUE_FULL      not accepted, nothing happened; carries a retry hint
//   DEADLINE_EXCEEDED ASK_EXPIRED      its time ran out in the queue, nothing happened
//   UNAVAILABLE SHUTTING_DOWN          not accepted, nothing happened
//   UNKNOWN COMMIT_IN_DOUBT            its time ran out before a commit in doubt could be resolved:
//                                      ask again with the same request id
//   the error of its decide, or of pg/error.h
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/journal/operation.h"
#include "libs/journal/runner.h"
#include "libs/ledger/batch.h"
#include "libs/ledger/ledger.h"
#include "libs/pg/connection.h"
#include "libs/pg/migrate.h"

namespace varsam::journal {

// journal_request; needs the ledger's migrations before it.
const pg::MigrationSet& Migrations();

inline constexpr uint64_t kForgetRowsMax = 10000;

// Removes request ids that came before `before` (replays of those are then new writes; keep at
// least a day): at most kForgetRowsMax, the number removed is returned. For a worker's tick.
absl::StatusOr<uint64_t> ForgetRequests(pg::Connection& connection, absl::Time before);

struct JournalOptions {
  pg::ConnectOptions connect;
  size_t queue_asks_max = 8192;       // beyond it: QUEUE_FULL
  size_t queue_bytes_max = 64 << 20;  // counted by SubmitOptions::bytes
  size_t batch_asks_max = 512;
  size_t batch_bytes_max = 4 << 20;
  absl::Duration retry_hint = absl::Milliseconds(250);
};

struct SubmitOptions {
  // The caller's id of this write. Nil: cannot be replayed (feeds and ticks, which carry their own
  // cursor).
  RequestId request_id;
  // SHA-256 over the content of the request, caller included. At most 64 bytes.
  std::string fingerprint;
  // What this ask may not share a batch over: "subject/…", "case/…". FIFO for each key.
  std::vector<std::string> conflict_keys;
  // Real time left until nobody waits for the answer any more.
  absl::Duration time_left = absl::Seconds(8);
  size_t bytes = 1024;  // approximate size, for the bounds
};

struct Committed {
  std::string response;
  bool replayed = false;
  uint64_t first_index = 0;
  uint32_t entry_count = 0;
  // The batch it was committed with, for receipts; null for a replay.
  std::shared_ptr<const ledger::CommittedBatch> batch;
};

using Done = std::function<void(absl::StatusOr<Committed>)>;

struct JournalStats {
  uint64_t asks_total = 0;
  uint64_t commits_total = 0;
  uint64_t replays_total = 0;
  uint64_t shed_total = 0;
  uint64_t expired_total = 0;
  uint64_t failed_total = 0;
  uint64_t in_doubt_total = 0;
  uint64_t reconnects_total = 0;
  uint64_t round_trips_total = 0;
  size_t queued = 0;
  size_t largest_batch = 0;
};

class Journal {
 public:
  // `ledger` and `clock` outlive the journal. The writer connects in the background; until it has,
  // asks wait within their time.
  Journal(JournalOptions options, ledger::Ledger& ledger, const Clock& clock);
  // Drains.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // `operation` outlives the journal. `done` is called exactly once, on a thread of the journal or,
  // when the ask is not accepted, on the caller's; it must not block.
  template <typename Ask, typename Facts, typename Outcome>
  void Submit(const Operation<Ask, Facts, Outcome>& operation, Ask ask, SubmitOptions options,
              Done done) {
    SubmitCell(NewCell(operation, std::move(ask)), std::move(options), std::move(done));
  }

  // The same, waiting. Not on a gRPC thread and not from a Done.
  template <typename Ask, typename Facts, typename Outcome>
  absl::StatusOr<Committed> SubmitAndWait(const Operation<Ask, Facts, Outcome>& operation, Ask ask,
                                          SubmitOptions options) {
    return SubmitCellAndWait(NewCell(operation, std::move(ask)), std::move(options));
  }

  // Accepts nothing more and returns when every accepted ask has been answered.
  void Drain();

  JournalStats Stats() const;
  // Is the writer connected, and has it got through its last batch?
  bool Healthy() const;

 private:
  void SubmitCell(std::unique_ptr<Cell> cell, SubmitOptions options, Done done);
  absl::StatusOr<Committed> SubmitCellAndWait(std::unique_ptr<Cell> cell, SubmitOptions options);

  class Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace varsam::journal
