#include "libs/journal/journal.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/journal/writer.h"

namespace varsam::journal {
namespace {

constexpr pg::Statement kForget{"journal_forget_requests",
                                "DELETE FROM journal_request WHERE request_id IN "
                                "(SELECT request_id FROM journal_request WHERE at < $1 LIMIT $2)"};

}  // namespace

absl::StatusOr<uint64_t> ForgetRequests(pg::Connection& connection, absl::Time before) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kForget, pg::Params().Time(before).Int64(kForgetRowsMax)));
  return rows.affected();
}

Journal::Journal(JournalOptions options, ledger::Ledger& ledger, const Clock& clock)
    : writer_(std::make_unique<Writer>(std::move(options), ledger, clock)) {}

Journal::~Journal() = default;

void Journal::SubmitCell(std::unique_ptr<Cell> cell, SubmitOptions options, Done done) {
  VARSAM_CHECK(options.fingerprint.size() <= 64) << "fingerprint over 64 bytes";
  auto item = std::make_unique<Item>();
  item->cell = std::move(cell);
  item->expires = MonotonicNow() + options.time_left;
  item->options = std::move(options);
  item->done = std::move(done);
  writer_->Submit(std::move(item));
}

absl::StatusOr<Committed> Journal::SubmitCellAndWait(std::unique_ptr<Cell> cell,
                                                     SubmitOptions options) {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<absl::StatusOr<Committed>> answer;
  SubmitCell(std::move(cell), std::move(options), [&](absl::StatusOr<Committed> committed) {
    std::lock_guard lock(mutex);
    answer.emplace(std::move(committed));
    answered.notify_one();
  });
  std::unique_lock lock(mutex);
  answered.wait(lock, [&] { return answer.has_value(); });
  return *std::move(answer);
}

void Journal::Drain() { writer_->Drain(); }
JournalStats Journal::Stats() const { return writer_->Stats(); }
bool Journal::Healthy() const { return writer_->Healthy(); }

}  // namespace varsam::journal
