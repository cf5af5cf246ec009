#include "libs/rpc/worker_pool.h"

#include <atomic>

#include <catch2/catch.hpp>

namespace varsam::rpc {

TEST_CASE("a full queue sheds at once and what was queued is run") {
  obs::Metrics metrics;
  std::atomic<int> ran{0};
  std::atomic<bool> started{false};
  std::atomic<bool> go{false};
  {
    WorkerPool pool({.name = "test", .threads = 1, .queue_max = 2}, metrics);
    REQUIRE(pool.Submit([&] {
      started = true;
      started.notify_all();
      go.wait(false);
      ++ran;
    }));
    started.wait(false);
    CHECK(pool.Submit([&] { ++ran; }));
    CHECK(pool.Submit([&] { ++ran; }));
    CHECK_FALSE(pool.Submit([&] { ran += 100; }));
    CHECK(metrics.Text().find("varsam_pool_sheds_total{pool=\"test\"} 1") != std::string::npos);
    CHECK(metrics.Text().find("varsam_pool_queued{pool=\"test\"} 2") != std::string::npos);
    go = true;
    go.notify_all();
  }
  CHECK(ran == 3);
}

}  // namespace varsam::rpc
