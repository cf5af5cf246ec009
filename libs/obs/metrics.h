// Metrics of one process, scraped as Prometheus text (admin.h).
//
// A series is made once, at the start, and kept as a reference: on the hot path there is no look-up
// and no lock, only relaxed atomics. Label names come from a fixed list (kMetricLabels) and label
// values are identifiers of the program (methods, codes, queues), never anything a person typed:
// a foreign name or value is a CHECK. So is a family with more than kMetricSeriesMax series.
//
//   obs::Counter& sheds = metrics.AddCounter("varsam_journal_sheds_total", "Asks refused",
//                                            {{"queue", "journal"}});
//   sheds.Add();
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace varsam::obs {

inline constexpr std::array<std::string_view, 16> kMetricLabels = {
    "service", "method", "code",  "queue", "pool",    "feed",   "system", "kind",
    "reason",  "state",  "table", "right", "version", "worker", "store",  "outcome"};
inline constexpr size_t kMetricSeriesMax = 4096;

// Label name and value; both checked.
using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  void Add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  void Add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Durations in fixed buckets from 10 µs to 30 s (1-2-5 steps).
class Histogram {
 public:
  static constexpr std::array<int64_t, 20> kBoundsMicros = {
      10,        20,        50,        100,       200,        500,       1'000,
      2'000,     5'000,     10'000,    20'000,    50'000,     100'000,   200'000,
      500'000,   1'000'000, 2'000'000, 5'000'000, 10'000'000, 30'000'000};

  void Observe(absl::Duration took);
  uint64_t count() const;

 private:
  friend class Metrics;
  void Fill(prometheus::ClientMetric& metric) const;
  std::array<std::atomic<uint64_t>, kBoundsMicros.size() + 1> buckets_{};
  std::atomic<uint64_t> sum_micros_{0};
};

// What one rpc method counts: finished calls by status code, their durations, calls in flight.
// Series of codes never seen are not shown.
class RpcMetrics {
 public:
  void Started() { in_flight_.fetch_add(1, std::memory_order_relaxed); }
  void Finished(int code, absl::Duration took);
  uint64_t finished(int code) const { return codes_[code].load(std::memory_order_relaxed); }
  int64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  friend class Metrics;
  std::array<std::atomic<uint64_t>, 17> codes_{};
  Histogram took_;
  std::atomic<int64_t> in_flight_{0};
};

// All metrics of one process. Thread-safe. References stay good as long as the object.
class Metrics final : public prometheus::Collectable {
 public:
  Counter& AddCounter(std::string name, std::string help, Labels labels = {});
  Gauge& AddGauge(std::string name, std::string help, Labels labels = {});
  Histogram& AddHistogram(std::string name, std::string help, Labels labels = {});
  // Read at scrape time; must be quick and must not block. Stays callable as long as this object.
  void AddGaugeReader(std::string name, std::string help, Labels labels,
                      std::function<double()> read);
  // varsam_rpc_server_calls_total{method,code}, _seconds{method}, _in_flight{method}.
  RpcMetrics& AddRpcServer(std::string method);
  // The same for outgoing calls: varsam_rpc_client_….
  RpcMetrics& AddRpcClient(std::string method);

  std::vector<prometheus::MetricFamily> Collect() const override;
  // The scrape as text, for tests and crash reports.
  std::string Text() const;

 private:
  enum class Kind { kCounter, kGauge, kGaugeReader, kHistogram, kRpc };
  struct Series {
    Labels labels;
    Counter counter;
    Gauge gauge;
    Histogram histogram;
    RpcMetrics rpc;
    std::function<double()> read;
  };
  struct Family {
    std::string name;
    std::string help;
    Kind kind;
    std::deque<Series> series;
  };

  Series& Add(Kind kind, std::string name, std::string help, Labels labels);
  static void CollectRpc(const Family& family, std::vector<prometheus::MetricFamily>& out);
  static prometheus::MetricFamily CollectPlain(const Family& family);

  mutable std::mutex mutex_;
  std::deque<Family> families_;
};

}  // namespace varsam::obs
