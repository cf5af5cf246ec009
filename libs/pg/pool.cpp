#include "libs/pg/pool.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/random.h"
#include "libs/base/status_macros.h"

namespace varsam::pg {
namespace {

constexpr absl::Duration kBackoffMin = absl::Milliseconds(100);
constexpr absl::Duration kBackoffMax = absl::Seconds(5);

absl::Duration FullJitter(absl::Duration bound) {
  uint32_t random;
  FillRandom(&random, sizeof(random));
  return bound * (random / 4294967296.0);
}

}  // namespace

struct Pool::State {
  explicit State(PoolOptions options) : options(std::move(options)) {}

  // The lock is held; a place for a new connection has been counted in `open`.
  absl::StatusOr<std::unique_ptr<Connection>> Open(std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(options.connect);
    lock.lock();
    if (opened.ok()) {
      ++stats.opened_total;
      backoff = absl::ZeroDuration();
      return opened;
    }
    --stats.open;
    backoff = std::clamp(backoff * 2, kBackoffMin, kBackoffMax);
    closed_until = MonotonicNow() + FullJitter(backoff);
    freed.notify_one();
    return opened;
  }

  absl::Status Refuse(absl::Status status) {
    ++stats.refused_total;
    return status;
  }

  const PoolOptions options;
  mutable std::mutex mutex;
  std::condition_variable freed;
  std::vector<std::unique_ptr<Connection>> idle;
  PoolStats stats;
  absl::Duration backoff;
  absl::Duration closed_until;  // monotonic
};

Pool::Pool(PoolOptions options) : state_(std::make_unique<State>(std::move(options))) {
  VARSAM_CHECK(state_->options.connections_max > 0);
}

Pool::~Pool() { VARSAM_CHECK(state_->stats.leased == 0) << "a lease outlives its pool"; }

absl::StatusOr<Pool::Lease> Pool::Acquire(absl::Duration wait_max) {
  State& s = *state_;
  const absl::Duration until = MonotonicNow() + wait_max;
  std::unique_lock lock(s.mutex);
  const auto available = [&s] {
    return !s.idle.empty() || s.stats.open < s.options.connections_max;
  };
  if (!available()) {
    if (wait_max <= absl::ZeroDuration() || s.stats.waiting >= s.options.waiters_max) {
      return s.Refuse(RetryLater(absl::StatusCode::kResourceExhausted, "POOL_BUSY",
                                 "all database connections are in use", absl::Milliseconds(100)));
    }
    ++s.stats.waiting;
    const absl::Duration left = until - MonotonicNow();
    const bool got = s.freed.wait_for(lock, absl::ToChronoNanoseconds(left), available);
    --s.stats.waiting;
    if (!got) {
      return s.Refuse(ErrorWithReason(absl::StatusCode::kDeadlineExceeded, "POOL_WAIT_EXPIRED",
                                      "no database connection came free in time"));
    }
  }
  while (!s.idle.empty()) {
    std::unique_ptr<Connection> connection = std::move(s.idle.back());
    s.idle.pop_back();
    if (connection->BrokenWhileIdle()) {
      --s.stats.open;
      ++s.stats.broken_total;
      continue;
    }
    ++s.stats.leased;
    return Lease(this, std::move(connection));
  }
  const absl::Duration now = MonotonicNow();
  if (now < s.closed_until) {
    return s.Refuse(RetryLater(absl::StatusCode::kUnavailable, kConnectionLost,
                               "the database does not answer", s.closed_until - now));
  }
  ++s.stats.open;
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, s.Open(lock));
  ++s.stats.leased;
  return Lease(this, std::move(connection));
}

PoolStats Pool::Stats() const {
  std::lock_guard lock(state_->mutex);
  return state_->stats;
}

Pool::Lease::Lease(Pool* pool, std::unique_ptr<Connection> connection)
    : pool_(pool), connection_(std::move(connection)) {}

Pool::Lease::Lease(Lease&& other) noexcept = default;

Pool::Lease& Pool::Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    Return();
    pool_ = other.pool_;
    connection_ = std::move(other.connection_);
  }
  return *this;
}

Pool::Lease::~Lease() { Return(); }

void Pool::Lease::Return() {
  if (connection_ == nullptr) return;
  State& s = *pool_->state_;
  std::unique_ptr<Connection> dropped;
  {
    std::lock_guard lock(s.mutex);
    --s.stats.leased;
    if (connection_->broken()) {
      --s.stats.open;
      ++s.stats.broken_total;
      dropped = std::move(connection_);
    } else {
      s.idle.push_back(std::move(connection_));
    }
  }
  s.freed.notify_one();
}

}  // namespace varsam::pg
