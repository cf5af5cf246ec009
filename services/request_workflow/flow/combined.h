// Many callers at once, one deed for all of them: whoever comes while one is being done waits for
// the next, which takes everybody who waits. What costs a commit costs one for all.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace varsam::requests {

template <typename Ask, typename Answer>
class Combined {
 public:
  // As many answers as asks, in order; at most `asks_max` of them. Runs on a caller's thread, on
  // one at a time, and must end.
  using Deed = std::function<std::vector<Answer>(std::vector<Ask>)>;

  Combined(size_t asks_max, Deed deed) : asks_max_(asks_max), deed_(std::move(deed)) {}

  Answer Run(Ask ask) {
    Waiting mine{std::move(ask), {}};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&mine);
    for (;;) {
      ended_.wait(lock, [&] { return mine.answer.has_value() || !busy_; });
      if (mine.answer) return *std::move(mine.answer);
      busy_ = true;
      const std::vector<Waiting*> taken = Take();
      lock.unlock();
      std::vector<Ask> asks;
      for (Waiting* one : taken) asks.push_back(std::move(one->ask));
      std::vector<Answer> answers = deed_(std::move(asks));
      lock.lock();
      for (size_t i = 0; i < taken.size(); ++i) taken[i]->answer = std::move(answers[i]);
      busy_ = false;
      ended_.notify_all();
    }
  }

 private:
  struct Waiting {
    Ask ask;
    std::optional<Answer> answer;
  };

  std::vector<Waiting*> Take() {
    const size_t count = std::min(asks_max_, waiting_.size());
    std::vector<Waiting*> taken(waiting_.begin(), waiting_.begin() + static_cast<long>(count));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<long>(count));
    return taken;
  }

  const size_t asks_max_;
  const Deed deed_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<Waiting*> waiting_;
  bool busy_ = false;
};

}  // namespace varsam::requests
