// A bounded set of connections for reads and small transactions. Writes of state changes go through
// the journal. Safe from every thread.
//
//   ASSIGN_OR_RETURN(pg::Pool::Lease lease, pool.Acquire(absl::Seconds(2)));
//   ASSIGN_OR_RETURN(pg::Rows rows, lease->Query(kLoadHold, params));
//
// A lease that comes back broken is dropped, and so is an idle connection that the server has
// closed; the next lease opens a new one. After a failed opening the pool waits (100 ms doubling to
// 5 s, full jitter) and meanwhile refuses at once with UNAVAILABLE and a retry hint.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/pg/connection.h"

namespace varsam::pg {

struct PoolOptions {
  ConnectOptions connect;
  int connections_max = 8;
  int waiters_max = 256;  // callers that may wait for a lease
};

struct PoolStats {
  int open = 0;
  int leased = 0;
  int waiting = 0;
  uint64_t opened_total = 0;
  uint64_t broken_total = 0;
  uint64_t refused_total = 0;
};

class Pool {
 public:
  class Lease {
   public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    friend class Pool;
    Lease(Pool* pool, std::unique_ptr<Connection> connection);
    void Return();
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  explicit Pool(PoolOptions options);
  // Every lease must have come back.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // RESOURCE_EXHAUSTED POOL_BUSY when too many wait already or wait_max is zero and none is free;
  // DEADLINE_EXCEEDED POOL_WAIT_EXPIRED when none came free in time; UNAVAILABLE CONNECTION_LOST
  // when the database does not answer.
  absl::StatusOr<Lease> Acquire(absl::Duration wait_max);

  PoolStats Stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace varsam::pg
