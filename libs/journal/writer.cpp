#include "libs/journal/writer.h"

#include <algorithm>
#include <utility>

#include "libs/base/error.h"
#include "libs/base/random.h"

namespace varsam::journal {
namespace {

constexpr absl::Duration kIdleWaitMax = absl::Seconds(1);
constexpr absl::Duration kBackoffMin = absl::Milliseconds(20);
constexpr absl::Duration kBackoffMax = absl::Seconds(1);

// Statements keep the plan that they began with, when the tables were small and quicker read whole;
// in no time every commit reads all requests ever made. What a batch looks up, it looks up by key.
constexpr char kByKey[] = "SET enable_seqscan = off; SET jit = off";

absl::Duration FullJitter(absl::Duration bound) {
  uint32_t random;
  FillRandom(&random, sizeof(random));
  return bound * (random / 4294967296.0);
}

// Another transaction was in the way (a lock not free in time, a deadlock, a serialization
// failure).
bool CameTooLate(const absl::Status& status) {
  const std::string sqlstate = pg::SqlStateOf(status);
  return sqlstate == "55P03" || sqlstate == "40P01" || sqlstate == "40001";
}

}  // namespace

Journal::Writer::Writer(JournalOptions options, ledger::Ledger& ledger, const Clock& clock)
    : options_(std::move(options)),
      ledger_(ledger),
      clock_(clock),
      queue_(options_),
      answers_(queue_),
      thread_([this] { Run(); }) {}

Journal::Writer::~Writer() {
  Drain();
  thread_.join();
}

void Journal::Writer::Submit(std::unique_ptr<Item> item) {
  Count(&JournalStats::asks_total);
  absl::Status refused = queue_.Push(item);
  if (refused.ok()) return;
  Count(&JournalStats::shed_total);
  item->done(std::move(refused));
}

void Journal::Writer::Drain() {
  queue_.Close();
  queue_.AwaitAllAnswered();
}

void Journal::Writer::Count(uint64_t JournalStats::*counter, uint64_t by) {
  std::lock_guard lock(stats_mutex_);
  stats_.*counter += by;
}

JournalStats Journal::Writer::Stats() const {
  std::lock_guard lock(stats_mutex_);
  JournalStats stats = stats_;
  stats.queued = queue_.waiting();
  return stats;
}

void Journal::Writer::Run() {
  while (!queue_.finished()) {
    if (!Connected()) continue;
    Items expired;
    Items items = queue_.Take(kIdleWaitMax, &expired);
    AnswerExpired(std::move(expired));
    if (!items.empty()) Commit(std::move(items));
    answers_.Send();
  }
}

bool Journal::Writer::Connected() {
  if (connection_ != nullptr && !connection_->broken()) return true;
  healthy_ = false;
  connection_.reset();
  absl::StatusOr<std::unique_ptr<pg::Connection>> opened = pg::Connection::Open(options_.connect);
  if (opened.ok() && (*opened)->Execute(kByKey).ok()) {
    connection_ = *std::move(opened);
    backoff_ = absl::ZeroDuration();
    healthy_ = true;
    Count(&JournalStats::reconnects_total);
    return true;
  }
  backoff_ = std::clamp(backoff_ * 2, kBackoffMin, kBackoffMax);
  AnswerExpired(queue_.TakeExpired(FullJitter(backoff_)));
  answers_.Send();
  return false;
}

void Journal::Writer::AnswerExpired(Items items) {
  if (items.empty()) return;
  Count(&JournalStats::expired_total, items.size());
  for (auto& item : items) {
    answers_.Give(std::move(item), ErrorWithReason(absl::StatusCode::kDeadlineExceeded,
                                                   "ASK_EXPIRED", "its time ran out in the queue"));
  }
}

void Journal::Writer::SplitExpired(Items* items, absl::StatusCode code, const char* reason,
                                   const char* message) {
  const absl::Duration now = MonotonicNow();
  Items left;
  for (auto& item : *items) {
    if (item->expires > now) {
      left.push_back(std::move(item));
      continue;
    }
    Count(&JournalStats::expired_total);
    answers_.Give(std::move(item), ErrorWithReason(code, reason, message));
  }
  *items = std::move(left);
}

void Journal::Writer::Commit(Items items) {
  absl::Status status;
  Attempt::Written written;
  {
    Attempt attempt(*connection_, ledger_.signer(), clock_, items);
    status = attempt.Run();
    std::lock_guard lock(stats_mutex_);
    stats_.round_trips_total += static_cast<uint64_t>(attempt.round_trips());
    stats_.largest_batch = std::max(stats_.largest_batch, items.size());
    if (status.ok() || pg::IsCommitInDoubt(status)) written = std::move(attempt).TakeWritten();
  }
  if (status.ok()) {
    healthy_ = true;
    return AnswerAll(std::move(items), written);
  }
  if (pg::IsCommitInDoubt(status)) return ResolveDoubt(std::move(items), written);
  if (connection_->broken() || CameTooLate(status)) return Again(std::move(items));
  Divide(std::move(items), status);
}

void Journal::Writer::AnswerAll(Items items, const Attempt::Written& written) {
  if (written.any) Count(&JournalStats::commits_total);
  if (written.batch != nullptr) ledger_.Announce(written.batch->size_after());
  Items later;
  uint64_t failed = 0;
  uint64_t replays = 0;
  for (std::unique_ptr<Item>& item : items) {
    if (!item->refused.ok()) {
      ++failed;
      absl::Status refused = item->refused;
      answers_.Give(std::move(item), std::move(refused));
    } else if (item->deferred) {
      later.push_back(std::move(item));
    } else {
      if (item->replay) ++replays;
      Committed committed{std::move(item->response), item->replay, item->position.first_index,
                          item->position.entry_count, nullptr};
      if (!item->replay && item->position.entry_count > 0) committed.batch = written.batch;
      answers_.Give(std::move(item), std::move(committed));
    }
  }
  Count(&JournalStats::failed_total, failed);
  Count(&JournalStats::replays_total, replays);
  if (!later.empty()) queue_.Return(std::move(later));
}

void Journal::Writer::Divide(Items items, const absl::Status& failure) {
  if (items.size() == 1) {
    Count(&JournalStats::failed_total);
    answers_.Give(std::move(items.front()), failure);
    return;
  }
  const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
  Items second(std::make_move_iterator(middle), std::make_move_iterator(items.end()));
  items.erase(middle, items.end());
  Commit(std::move(items));
  if (connection_ == nullptr || connection_->broken()) return queue_.Return(std::move(second));
  Commit(std::move(second));
}

void Journal::Writer::Again(Items items) {
  SplitExpired(&items, absl::StatusCode::kDeadlineExceeded, "ASK_EXPIRED",
               "the database did not answer in time; nothing was written");
  if (!items.empty()) queue_.Return(std::move(items));
}

void Journal::Writer::ResolveDoubt(Items items, const Attempt::Written& written) {
  Count(&JournalStats::in_doubt_total);
  healthy_ = false;
  // What was refused, answered from before or put off has nothing in that commit.
  auto rest = std::stable_partition(items.begin(), items.end(),
                                    [](const auto& item) { return item->Writes(); });
  Items untouched(std::make_move_iterator(rest), std::make_move_iterator(items.end()));
  items.erase(rest, items.end());
  AnswerAll(std::move(untouched), {});
  while (true) {
    SplitExpired(&items, absl::StatusCode::kUnknown, pg::kCommitInDoubt.data(),
                 "whether this was written is not known yet; ask again with the same request id");
    answers_.Send();
    if (items.empty()) return;
    if (!Connected()) continue;
    absl::StatusOr<bool> committed = WasCommitted(*connection_, written.witness);
    if (!committed.ok()) {
      AnswerExpired(queue_.TakeExpired(kBackoffMin));
      continue;
    }
    if (!*committed) return queue_.Return(std::move(items));
    return AnswerAll(std::move(items), written);
  }
}

}  // namespace varsam::journal
