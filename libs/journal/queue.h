// What waits for the writer: bounded, first in first out, one ask per conflict key in a batch. An
// ask counts against the bounds until it has been answered. Safe from every thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include "libs/journal/item.h"

namespace varsam::journal {

class Queue {
 public:
  explicit Queue(const JournalOptions& options) : options_(options) {}

  // RESOURCE_EXHAUSTED QUEUE_FULL, UNAVAILABLE SHUTTING_DOWN; `item` is left alone then.
  absl::Status Push(std::unique_ptr<Item>& item);

  // Up to a batch of asks with no conflict key twice, in order; what has expired goes to `expired`.
  // Waits at most `wait_max` for a first one.
  Items Take(absl::Duration wait_max, Items* expired);
  // Only what has expired; waits `pause` (or until closed) first.
  Items TakeExpired(absl::Duration pause);
  // Back to the front, in order.
  void Return(Items items);

  // An ask has been answered.
  void Answered(const Item& item);
  void Close();
  // Closed, and everything accepted has been answered?
  bool finished() const;
  void AwaitAllAnswered();
  size_t waiting() const;

 private:
  Items ExpireLocked();

  const JournalOptions& options_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable answered_;
  std::deque<std::unique_ptr<Item>> waiting_;
  size_t open_asks_ = 0;
  size_t open_bytes_ = 0;
  bool closed_ = false;
};

}  // namespace varsam::journal
