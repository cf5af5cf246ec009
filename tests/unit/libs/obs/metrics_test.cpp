#include "libs/obs/metrics.h"

#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace varsam::obs {
namespace {

bool Shows(const Metrics& metrics, std::string_view line) {
  return metrics.Text().find(std::string(line) + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("counters and gauges show what they hold") {
  Metrics metrics;
  Counter& sheds = metrics.AddCounter("varsam_sheds_total", "Refused", {{"queue", "journal"}});
  metrics.AddGauge("varsam_depth", "Waiting", {{"queue", "journal"}}).Set(2.5);
  metrics.AddGaugeReader("varsam_lag", "Behind", {{"feed", "registry"}}, [] { return 7.0; });
  sheds.Add();
  sheds.Add(4);
  CHECK(Shows(metrics, "varsam_sheds_total{queue=\"journal\"} 5"));
  CHECK(Shows(metrics, "varsam_depth{queue=\"journal\"} 2.5"));
  CHECK(Shows(metrics, "varsam_lag{feed=\"registry\"} 7"));
  CHECK(Shows(metrics, "# TYPE varsam_sheds_total counter"));
}

TEST_CASE("the same name and labels are the same series") {
  Metrics metrics;
  Counter& one = metrics.AddCounter("varsam_x_total", "x", {{"kind", "a"}});
  Counter& same = metrics.AddCounter("varsam_x_total", "x", {{"kind", "a"}});
  Counter& other = metrics.AddCounter("varsam_x_total", "x", {{"kind", "b"}});
  CHECK(&one == &same);
  CHECK(&one != &other);
}

TEST_CASE("histogram buckets are cumulative and their bounds inclusive") {
  Metrics metrics;
  Histogram& took = metrics.AddHistogram("varsam_took_seconds", "t");
  took.Observe(absl::Microseconds(10));   // in the first bucket
  took.Observe(absl::Microseconds(11));   // in the second
  took.Observe(absl::Milliseconds(3));
  took.Observe(absl::Minutes(5));         // beyond the last bound
  took.Observe(absl::Microseconds(-4));   // a clock that stepped back counts as zero
  CHECK(took.count() == 5);
  CHECK(Shows(metrics, "varsam_took_seconds_bucket{le=\"1e-05\"} 2") );
  CHECK(Shows(metrics, "varsam_took_seconds_bucket{le=\"2e-05\"} 3"));
  CHECK(Shows(metrics, "varsam_took_seconds_bucket{le=\"30\"} 4"));
  CHECK(Shows(metrics, "varsam_took_seconds_bucket{le=\"+Inf\"} 5"));
  CHECK(Shows(metrics, "varsam_took_seconds_count 5"));
}

TEST_CASE("an rpc shows only the codes it has seen") {
  Metrics metrics;
  RpcMetrics& rpc = metrics.AddRpcServer("varsam.x.v1.Service/Do");
  rpc.Started();
  rpc.Started();
  rpc.Finished(5, absl::Milliseconds(1));
  CHECK(rpc.in_flight() == 1);
  CHECK(rpc.finished(5) == 1);
  CHECK(Shows(metrics, "varsam_rpc_server_calls_total{method=\"varsam.x.v1.Service/Do\","
                       "code=\"NOT_FOUND\"} 1"));
  CHECK(metrics.Text().find("code=\"OK\"") == std::string::npos);
  CHECK(Shows(metrics, "varsam_rpc_server_in_flight{method=\"varsam.x.v1.Service/Do\"} 1"));
}

TEST_CASE("counting from several threads loses nothing, also while scraped") {
  Metrics metrics;
  Counter& counter = metrics.AddCounter("varsam_n_total", "n");
  Histogram& took = metrics.AddHistogram("varsam_n_seconds", "n");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) {
        counter.Add();
        took.Observe(absl::Microseconds(n));
      }
    });
  }
  for (int i = 0; i < 20; ++i) (void)metrics.Text();
  for (std::thread& thread : threads) thread.join();
  CHECK(counter.value() == 40'000);
  CHECK(took.count() == 40'000);
}

}  // namespace varsam::obs
