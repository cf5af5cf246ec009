// The feed against a real server: order, cursors, failures of either side, restarts.
#include <atomic>
#include <mutex>
#include <vector>

#include <catch2/catch.hpp>

#include "libs/client/feed.h"
#include "libs/base/error.h"
#include "libs/rpc/channel.h"
#include "tests/support/ledger_stub.h"

namespace varsam {
namespace {

using testing::TestService;

rpc::ServerConfig Plaintext(uint16_t port = 0) {
  rpc::ServerConfig config = testing::TestServerConfig();
  config.insecure_peer = "retention";
  config.port = port;
  return config;
}

std::shared_ptr<grpc::Channel> ChannelTo(const TestService& service) {
  auto channel = rpc::NewChannel({.service = "consent", .target = service.target()});
  REQUIRE(channel.ok());
  return *channel;
}

// A consumer that keeps what it was given and can be told to fail.
class Consumer {
 public:
  absl::Status Apply(const client::FeedBatch& batch) {
    std::lock_guard lock(mutex_);
    if (failures_left_ > 0) {
      --failures_left_;
      return absl::UnavailableError("the consumer's database is away");
    }
    for (const ledger::v1::Entry* entry : batch.entries) seen_.push_back(entry->index());
    cursor_ = batch.next_cursor;
    cursor_.notify_all();
    return absl::OkStatus();
  }
  void WaitFor(uint64_t cursor) const {
    for (uint64_t now = cursor_; now < cursor; now = cursor_) cursor_.wait(now);
  }
  void FailNext(int times) {
    std::lock_guard lock(mutex_);
    failures_left_ = times;
  }
  // 0, 1, 2 … n-1, each once?
  bool SawExactly(uint64_t from, uint64_t to) const {
    std::lock_guard lock(mutex_);
    if (seen_.size() != to - from) return false;
    for (size_t i = 0; i < seen_.size(); ++i) {
      if (seen_[i] != from + i) return false;
    }
    return true;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<uint64_t> seen_;
  int failures_left_ = 0;
  std::atomic<uint64_t> cursor_{0};
};

client::FeedConfig Quick() {
  return {.name = "consent",
          .backoff_min = absl::Milliseconds(1),
          .backoff_max = absl::Milliseconds(20)};
}

}  // namespace

TEST_CASE("a feed hands over what is there and what comes, once and in order") {
  TestService service(Plaintext());
  service.stub.AddEntries(20);
  Consumer consumer;
  obs::Metrics metrics;
  client::Feed feed(Quick(), ChannelTo(service), 0,
                    [&](const client::FeedBatch& batch) { return consumer.Apply(batch); }, metrics);
  feed.Start();
  consumer.WaitFor(20);
  service.stub.AddEntries(5);
  consumer.WaitFor(25);
  feed.Stop();
  CHECK(consumer.SawExactly(0, 25));
  CHECK(feed.cursor() == 25);
  CHECK(feed.caught_up());
  CHECK(metrics.Text().find("varsam_feed_entries_total{feed=\"consent\"} 25") != std::string::npos);
}

TEST_CASE("a feed starts at the stored cursor") {
  TestService service(Plaintext());
  service.stub.AddEntries(20);
  Consumer consumer;
  obs::Metrics metrics;
  client::Feed feed(Quick(), ChannelTo(service), 12,
                    [&](const client::FeedBatch& batch) { return consumer.Apply(batch); }, metrics);
  feed.Start();
  consumer.WaitFor(20);
  feed.Stop();
  CHECK(consumer.SawExactly(12, 20));
}

TEST_CASE("a batch whose consumer fails comes again; broken streams lose nothing") {
  TestService service(Plaintext());
  service.stub.AddEntries(10);
  Consumer consumer;
  consumer.FailNext(3);
  obs::Metrics metrics;
  client::Feed feed(Quick(), ChannelTo(service), 0,
                    [&](const client::FeedBatch& batch) { return consumer.Apply(batch); }, metrics);
  feed.Start();
  consumer.WaitFor(10);
  service.stub.BreakStreams();
  service.stub.AddEntries(10);
  consumer.WaitFor(20);
  feed.Stop();
  CHECK(consumer.SawExactly(0, 20));
  CHECK(metrics.Text().find("varsam_feed_failures_total{feed=\"consent\"} 0") == std::string::npos);
}

TEST_CASE("a feed outlives a restart of the service") {
  auto service = std::make_unique<TestService>(Plaintext());
  const uint16_t port = service->server->port();
  service->stub.AddEntries(10);
  Consumer consumer;
  obs::Metrics metrics;
  client::Feed feed(Quick(), ChannelTo(*service), 0,
                    [&](const client::FeedBatch& batch) { return consumer.Apply(batch); }, metrics);
  feed.Start();
  consumer.WaitFor(10);
  service->server->Drain();
  service.reset();
  service = std::make_unique<TestService>(Plaintext(port));
  service->stub.AddEntries(17);
  consumer.WaitFor(17);
  feed.Stop();
  CHECK(consumer.SawExactly(0, 17));
}

TEST_CASE("a hole in the indexes never reaches the consumer") {
  TestService service(Plaintext());
  service.stub.SetHole(true);
  service.stub.AddEntries(10);
  Consumer consumer;
  obs::Metrics metrics;
  obs::Counter& failures =
      metrics.AddCounter("varsam_feed_failures_total", "", {{"feed", "consent"}});
  client::Feed feed(Quick(), ChannelTo(service), 0,
                    [&](const client::FeedBatch& batch) { return consumer.Apply(batch); }, metrics);
  feed.Start();
  while (failures.value() < 2) std::this_thread::yield();
  feed.Stop();
  CHECK(consumer.SawExactly(0, 0));
  CHECK(feed.cursor() == 0);
}

TEST_CASE("a feed stops while its service is away") {
  obs::Metrics metrics;
  auto channel = rpc::NewChannel({.service = "consent", .target = "dns:///localhost:1"});
  REQUIRE(channel.ok());
  client::Feed feed(Quick(), *channel, 0,
                    [](const client::FeedBatch&) { return absl::OkStatus(); }, metrics);
  feed.Start();
  feed.Stop();
  CHECK_FALSE(feed.caught_up());
}

}  // namespace varsam
