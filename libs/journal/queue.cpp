#include "libs/journal/queue.h"

#include <string_view>
#include <unordered_set>
#include <utility>

#include "libs/base/clock.h"
#include "libs/base/error.h"

namespace varsam::journal {
namespace {

// The keys that asks passed over or taken have claimed in this batch.
class Claims {
 public:
  // Claims all keys of the ask; false when one was claimed before. Both ways they are claimed
  // afterwards, so that a later ask does not overtake this one.
  bool Claim(const SubmitOptions& options) {
    bool free = options.request_id.IsNil() || requests_.insert(options.request_id.value()).second;
    for (const std::string& key : options.conflict_keys) free &= keys_.insert(key).second;
    return free;
  }

 private:
  std::unordered_set<std::string_view> keys_;
  std::unordered_set<Uuid> requests_;
};

}  // namespace

absl::Status Queue::Push(std::unique_ptr<Item>& item) {
  {
    std::lock_guard lock(mutex_);
    if (closed_) {
      return ErrorWithReason(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                             "the service is shutting down");
    }
    if (open_asks_ >= options_.queue_asks_max ||
        open_bytes_ + item->options.bytes > options_.queue_bytes_max) {
      return RetryLater(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                        "too many writes are waiting", options_.retry_hint);
    }
    ++open_asks_;
    open_bytes_ += item->options.bytes;
    waiting_.push_back(std::move(item));
  }
  filled_.notify_one();
  return absl::OkStatus();
}

Items Queue::Take(absl::Duration wait_max, Items* expired) {
  std::unique_lock lock(mutex_);
  filled_.wait_for(lock, absl::ToChronoNanoseconds(wait_max),
                   [this] { return !waiting_.empty() || (closed_ && open_asks_ == 0); });
  *expired = ExpireLocked();
  Items taken;
  Items passed;
  Claims claims;
  size_t bytes = 0;
  while (!waiting_.empty() && taken.size() < options_.batch_asks_max) {
    Item& next = *waiting_.front();
    if (!taken.empty() && bytes + next.options.bytes > options_.batch_bytes_max) break;
    const bool free = claims.Claim(next.options);
    if (free) bytes += next.options.bytes;
    (free ? taken : passed).push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  waiting_.insert(waiting_.begin(), std::make_move_iterator(passed.begin()),
                  std::make_move_iterator(passed.end()));
  return taken;
}

Items Queue::ExpireLocked() {
  const absl::Duration now = MonotonicNow();
  Items expired;
  std::deque<std::unique_ptr<Item>> kept;
  bool any = false;
  for (const auto& item : waiting_) any |= item->expires <= now;
  if (!any) return expired;
  for (auto& item : waiting_) {
    if (item->expires <= now) {
      expired.push_back(std::move(item));
    } else {
      kept.push_back(std::move(item));
    }
  }
  waiting_ = std::move(kept);
  return expired;
}

Items Queue::TakeExpired(absl::Duration pause) {
  std::unique_lock lock(mutex_);
  answered_.wait_for(lock, absl::ToChronoNanoseconds(pause),
                     [this] { return closed_ && open_asks_ == 0; });
  return ExpireLocked();
}

void Queue::Return(Items items) {
  std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.begin(), std::make_move_iterator(items.begin()),
                  std::make_move_iterator(items.end()));
}

void Queue::Answered(const Item& item) {
  {
    std::lock_guard lock(mutex_);
    --open_asks_;
    open_bytes_ -= item.options.bytes;
    if (open_asks_ > 0) return;
  }
  answered_.notify_all();
  filled_.notify_all();
}

void Queue::Close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
  answered_.notify_all();
}

bool Queue::finished() const {
  std::lock_guard lock(mutex_);
  return closed_ && open_asks_ == 0;
}

void Queue::AwaitAllAnswered() {
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [this] { return open_asks_ == 0; });
}

size_t Queue::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace varsam::journal
