#include "libs/journal/answers.h"

namespace varsam::journal {

Answers::Answers(Queue& queue) : queue_(queue), thread_([this] { Run(); }) {}

Answers::~Answers() {
  Send();
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  filled_.notify_one();
  thread_.join();
}

void Answers::Give(std::unique_ptr<Item> item, absl::StatusOr<Committed> answer) {
  gathered_.emplace_back(std::move(item), std::move(answer));
}

void Answers::Send() {
  if (gathered_.empty()) return;
  {
    std::lock_guard lock(mutex_);
    for (Answer& answer : gathered_) ready_.push_back(std::move(answer));
  }
  gathered_.clear();
  filled_.notify_one();
}

void Answers::Run() {
  while (true) {
    std::vector<Answer> batch;
    {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [this] { return ending_ || !ready_.empty(); });
      if (ready_.empty()) return;
      batch.swap(ready_);
    }
    for (auto& [item, answer] : batch) {
      item->done(std::move(answer));
      queue_.Answered(*item);
    }
  }
}

}  // namespace varsam::journal
