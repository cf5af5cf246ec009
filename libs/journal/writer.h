// The one thread that writes. For libs/journal only.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "libs/journal/answers.h"
#include "libs/journal/attempt.h"
#include "libs/journal/item.h"
#include "libs/journal/queue.h"
#include "libs/ledger/ledger.h"

namespace varsam::journal {

class Journal::Writer {
 public:
  Writer(JournalOptions options, ledger::Ledger& ledger, const Clock& clock);
  ~Writer();

  void Submit(std::unique_ptr<Item> item);
  void Drain();
  JournalStats Stats() const;
  bool Healthy() const { return healthy_; }

 private:
  void Run();
  // Opens a connection when there is none. False while the database is away: then it has waited a
  // little and answered what expired in the queue.
  bool Connected();
  // Carries the batch out, come what may: every item is answered or back in the queue.
  void Commit(Items items);
  void AnswerAll(Items items, const Attempt::Written& written);
  // The transaction failed as a whole: the asks are tried in halves, so that only the guilty fails.
  void Divide(Items items, const absl::Status& failure);
  // The connection broke before COMMIT was sent, or a lock was not free: again, for those with
  // time.
  void Again(Items items);
  void ResolveDoubt(Items items, const Attempt::Written& written);
  void AnswerExpired(Items items);
  // Removes and answers those whose time is up.
  void SplitExpired(Items* items, absl::StatusCode code, const char* reason, const char* message);
  void Count(uint64_t JournalStats::*counter, uint64_t by = 1);

  const JournalOptions options_;
  ledger::Ledger& ledger_;
  const Clock& clock_;
  Queue queue_;
  Answers answers_;
  std::unique_ptr<pg::Connection> connection_;
  absl::Duration backoff_;
  std::atomic<bool> healthy_{false};
  mutable std::mutex stats_mutex_;
  JournalStats stats_;
  std::thread thread_;
};

}  // namespace varsam::journal
