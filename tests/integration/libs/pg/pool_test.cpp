#include "libs/pg/pool.h"

#include <catch2/catch.hpp>

#include <optional>
#include <thread>

#include "absl/strings/match.h"
#include "libs/base/error.h"
#include "tests/support/gate.h"
#include "tests/support/test_database.h"

namespace varsam::pg {
namespace {

constexpr Statement kSelectOne{"select_one", "SELECT 1::bigint"};
constexpr Statement kTerminate{"terminate_self", "SELECT pg_terminate_backend(pg_backend_pid())"};

TEST_CASE("a pool opens no more than its bound and says so") {
  TestDatabase database;
  Pool pool({.connect = database.options(), .connections_max = 2});
  auto a = pool.Acquire(absl::Seconds(5));
  auto b = pool.Acquire(absl::Seconds(5));
  REQUIRE(a.ok());
  REQUIRE(b.ok());
  auto now = pool.Acquire(absl::ZeroDuration());
  CHECK(now.status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(ReasonOf(now.status()) == "POOL_BUSY");
  CHECK(RetryAfterOf(now.status()).has_value());
  auto later = pool.Acquire(absl::Milliseconds(20));
  CHECK(later.status().code() == absl::StatusCode::kDeadlineExceeded);
  CHECK(ReasonOf(later.status()) == "POOL_WAIT_EXPIRED");
  CHECK(pool.Stats().open == 2);
}

TEST_CASE("a waiter gets the lease that comes back") {
  TestDatabase database;
  Pool pool({.connect = database.options(), .connections_max = 1});
  std::optional<Pool::Lease> held(*pool.Acquire(absl::Seconds(5)));
  const int pid = (*held)->backend_pid();
  int got = 0;
  std::thread waiter([&] {
    auto lease = pool.Acquire(absl::Seconds(20));
    if (lease.ok()) got = (*lease)->backend_pid();
  });
  while (pool.Stats().waiting == 0) std::this_thread::yield();
  held.reset();
  waiter.join();
  CHECK(got == pid);
  CHECK(pool.Stats().opened_total == 1);
}

TEST_CASE("the number of waiters is bounded") {
  TestDatabase database;
  Pool pool({.connect = database.options(), .connections_max = 1, .waiters_max = 0});
  auto held = pool.Acquire(absl::Seconds(5));
  REQUIRE(held.ok());
  CHECK(ReasonOf(pool.Acquire(absl::Seconds(5)).status()) == "POOL_BUSY");
}

TEST_CASE("a broken connection is replaced") {
  TestDatabase database;
  Pool pool({.connect = database.options(), .connections_max = 1});
  {
    auto lease = pool.Acquire(absl::Seconds(5));
    REQUIRE(lease.ok());
    CHECK(IsConnectionLost((*lease)->Query(kTerminate, {}).status()));
  }
  CHECK(pool.Stats().open == 0);
  auto lease = pool.Acquire(absl::Seconds(5));
  REQUIRE(lease.ok());
  CHECK((*lease)->Query(kSelectOne, {}).ok());
  CHECK(pool.Stats().broken_total == 1);
}

TEST_CASE("a connection that the server closed while it was idle is not handed out") {
  TestDatabase database;
  Pool pool({.connect = database.options(), .connections_max = 1});
  int pid = 0;
  {
    auto lease = pool.Acquire(absl::Seconds(5));
    REQUIRE(lease.ok());
    pid = (*lease)->backend_pid();
    CHECK((*lease)->Query(kSelectOne, {}).ok());
  }
  constexpr Statement kEnd{"end_session", "SELECT pg_terminate_backend($1, 10000)"};
  REQUIRE(database.Open()->Query(kEnd, Params().Int32(pid))->Only().Bool(0));
  auto lease = pool.Acquire(absl::Seconds(5));
  REQUIRE(lease.ok());
  CHECK((*lease)->backend_pid() != pid);
  CHECK((*lease)->Query(kSelectOne, {}).ok());
  CHECK(pool.Stats().broken_total == 1);
}

TEST_CASE("while the database is away the pool refuses and later comes back") {
  TestDatabase database;
  Gate gate(database.socket_directory());
  ConnectOptions options = database.options();
  options.conninfo += " host=" + gate.directory();
  Pool pool({.connect = options, .connections_max = 2});
  gate.Close(true);
  for (int i = 0; i < 5; ++i) CHECK(IsConnectionLost(pool.Acquire(absl::Seconds(1)).status()));
  CHECK(pool.Stats().open == 0);
  gate.Close(false);
  absl::StatusOr<Pool::Lease> lease = pool.Acquire(absl::Seconds(1));
  while (!lease.ok()) {
    REQUIRE(IsConnectionLost(lease.status()));
    std::this_thread::yield();
    lease = pool.Acquire(absl::Seconds(1));
  }
  CHECK((*lease)->Query(kSelectOne, {}).ok());
}

TEST_CASE("who cannot connect is told why") {
  TestDatabase database;
  ConnectOptions options = database.options();
  options.conninfo += " user=nobody_known password=told_to_nobody";
  Pool pool({.connect = options, .connections_max = 1});
  const absl::Status status = pool.Acquire(absl::Seconds(1)).status();
  CHECK(IsConnectionLost(status));
  CHECK(absl::StrContains(status.message(), "role \"nobody_known\" does not exist"));
  CHECK_FALSE(absl::StrContains(status.message(), "told_to_nobody"));
}

}  // namespace
}  // namespace varsam::pg
