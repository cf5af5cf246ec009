// Calls back on a thread of its own, in order, so that the writer is committing the next batch
// meanwhile. For libs/journal only.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "libs/journal/item.h"
#include "libs/journal/queue.h"

namespace varsam::journal {

class Answers {
 public:
  explicit Answers(Queue& queue);
  // Answers what is left, then ends.
  ~Answers();

  void Give(std::unique_ptr<Item> item, absl::StatusOr<Committed> answer);
  // After a series of Give: wakes the thread once.
  void Send();

 private:
  using Answer = std::pair<std::unique_ptr<Item>, absl::StatusOr<Committed>>;
  void Run();

  Queue& queue_;
  std::vector<Answer> gathered_;  // the writer's own
  std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<Answer> ready_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace varsam::journal
