#include "libs/obs/metrics.h"

#include <algorithm>
#include <limits>

#include "libs/base/check.h"
#include "prometheus/text_serializer.h"

namespace varsam::obs {
namespace {

constexpr std::array<std::string_view, 17> kCodeNames = {
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
    "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
    "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"};
constexpr size_t kLabelValueBytesMax = 96;

bool IsIdentifier(std::string_view text, std::string_view more) {
  return !text.empty() && text.size() <= kLabelValueBytesMax &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || more.find(c) != std::string_view::npos;
         });
}

void CheckLabels(const Labels& labels) {
  for (const auto& [name, value] : labels) {
    const bool known =
        std::find(kMetricLabels.begin(), kMetricLabels.end(), name) != kMetricLabels.end();
    VARSAM_CHECK(known) << "metric label " << name << " is not in kMetricLabels";
    VARSAM_CHECK(IsIdentifier(value, "-./:")) << "value of metric label " << name
                                              << " is not an identifier";
  }
}

prometheus::ClientMetric WithLabels(const Labels& labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

prometheus::MetricFamily NewFamily(const std::string& name, const std::string& help,
                                   prometheus::MetricType type) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

}  // namespace

void Histogram::Observe(absl::Duration took) {
  const int64_t micros = std::max<int64_t>(0, absl::ToInt64Microseconds(took));
  size_t at = 0;
  while (at < kBoundsMicros.size() && micros > kBoundsMicros[at]) ++at;
  buckets_[at].fetch_add(1, std::memory_order_relaxed);
  sum_micros_.fetch_add(static_cast<uint64_t>(micros), std::memory_order_relaxed);
}

uint64_t Histogram::count() const {
  uint64_t count = 0;
  for (const auto& bucket : buckets_) count += bucket.load(std::memory_order_relaxed);
  return count;
}

void Histogram::Fill(prometheus::ClientMetric& metric) const {
  uint64_t cumulative = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    cumulative += buckets_[i].load(std::memory_order_relaxed);
    const double bound = i < kBoundsMicros.size() ? static_cast<double>(kBoundsMicros[i]) / 1e6
                                                  : std::numeric_limits<double>::infinity();
    prometheus::ClientMetric::Bucket bucket;
    bucket.cumulative_count = cumulative;
    bucket.upper_bound = bound;
    metric.histogram.bucket.push_back(bucket);
  }
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = static_cast<double>(sum_micros_.load()) / 1e6;
}

void RpcMetrics::Finished(int code, absl::Duration took) {
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  const bool known = code >= 0 && code < static_cast<int>(codes_.size());
  codes_[known ? code : 2].fetch_add(1, std::memory_order_relaxed);
  took_.Observe(took);
}

Metrics::Series& Metrics::Add(Kind kind, std::string name, std::string help, Labels labels) {
  VARSAM_CHECK(IsIdentifier(name, "")) << "metric name " << name;
  CheckLabels(labels);
  std::lock_guard lock(mutex_);
  auto family = std::find_if(families_.begin(), families_.end(),
                             [&](const Family& one) { return one.name == name; });
  if (family == families_.end()) {
    families_.emplace_back();
    family = std::prev(families_.end());
    family->name = std::move(name);
    family->help = std::move(help);
    family->kind = kind;
  }
  VARSAM_CHECK(family->kind == kind) << "metric " << family->name << " has two kinds";
  for (Series& series : family->series) {
    if (series.labels == labels) return series;
  }
  VARSAM_CHECK(family->series.size() < kMetricSeriesMax) << "metric " << family->name;
  Series& series = family->series.emplace_back();
  series.labels = std::move(labels);
  return series;
}

Counter& Metrics::AddCounter(std::string name, std::string help, Labels labels) {
  return Add(Kind::kCounter, std::move(name), std::move(help), std::move(labels)).counter;
}

Gauge& Metrics::AddGauge(std::string name, std::string help, Labels labels) {
  return Add(Kind::kGauge, std::move(name), std::move(help), std::move(labels)).gauge;
}

Histogram& Metrics::AddHistogram(std::string name, std::string help, Labels labels) {
  return Add(Kind::kHistogram, std::move(name), std::move(help), std::move(labels)).histogram;
}

void Metrics::AddGaugeReader(std::string name, std::string help, Labels labels,
                             std::function<double()> read) {
  Series& series = Add(Kind::kGaugeReader, std::move(name), std::move(help), std::move(labels));
  std::lock_guard lock(mutex_);
  series.read = std::move(read);
}

RpcMetrics& Metrics::AddRpcServer(std::string method) {
  return Add(Kind::kRpc, "varsam_rpc_server", "Calls answered", {{"method", std::move(method)}})
      .rpc;
}

RpcMetrics& Metrics::AddRpcClient(std::string method) {
  return Add(Kind::kRpc, "varsam_rpc_client", "Calls made", {{"method", std::move(method)}}).rpc;
}

void Metrics::CollectRpc(const Family& family, std::vector<prometheus::MetricFamily>& out) {
  using prometheus::MetricType;
  auto calls = NewFamily(family.name + "_calls_total", family.help, MetricType::Counter);
  auto seconds = NewFamily(family.name + "_seconds", "Their durations", MetricType::Histogram);
  auto in_flight = NewFamily(family.name + "_in_flight", "Calls not finished", MetricType::Gauge);
  for (const Series& series : family.series) {
    for (size_t code = 0; code < kCodeNames.size(); ++code) {
      const uint64_t count = series.rpc.codes_[code].load(std::memory_order_relaxed);
      if (count == 0) continue;
      prometheus::ClientMetric metric = WithLabels(series.labels);
      metric.label.push_back({"code", std::string(kCodeNames[code])});
      metric.counter.value = static_cast<double>(count);
      calls.metric.push_back(std::move(metric));
    }
    prometheus::ClientMetric took = WithLabels(series.labels);
    series.rpc.took_.Fill(took);
    seconds.metric.push_back(std::move(took));
    prometheus::ClientMetric open = WithLabels(series.labels);
    open.gauge.value = static_cast<double>(series.rpc.in_flight());
    in_flight.metric.push_back(std::move(open));
  }
  out.push_back(std::move(calls));
  out.push_back(std::move(seconds));
  out.push_back(std::move(in_flight));
}

prometheus::MetricFamily Metrics::CollectPlain(const Family& family) {
  using prometheus::MetricType;
  const MetricType type = family.kind == Kind::kCounter     ? MetricType::Counter
                          : family.kind == Kind::kHistogram ? MetricType::Histogram
                                                            : MetricType::Gauge;
  prometheus::MetricFamily out = NewFamily(family.name, family.help, type);
  for (const Series& series : family.series) {
    prometheus::ClientMetric metric = WithLabels(series.labels);
    if (family.kind == Kind::kCounter) {
      metric.counter.value = static_cast<double>(series.counter.value());
    }
    if (family.kind == Kind::kGauge) metric.gauge.value = series.gauge.value();
    if (family.kind == Kind::kGaugeReader && series.read) metric.gauge.value = series.read();
    if (family.kind == Kind::kHistogram) series.histogram.Fill(metric);
    out.metric.push_back(std::move(metric));
  }
  return out;
}

std::vector<prometheus::MetricFamily> Metrics::Collect() const {
  std::lock_guard lock(mutex_);
  std::vector<prometheus::MetricFamily> out;
  for (const Family& family : families_) {
    if (family.kind == Kind::kRpc) {
      CollectRpc(family, out);
    } else {
      out.push_back(CollectPlain(family));
    }
  }
  return out;
}

std::string Metrics::Text() const { return prometheus::TextSerializer().Serialize(Collect()); }

}  // namespace varsam::obs
