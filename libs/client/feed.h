// Follows the ledger of another service. Batches arrive in order, at least once; the consumer
// stores the cursor it is handed in the transaction of its own effect, so effects happen once.
//
//   client::Feed feed({.name = "registry", .kinds = {"subject_registered"}}, channel, cursor,
//                     [&](const client::FeedBatch& batch) { return store.Apply(batch); },
//                     *metrics);
//   feed.Start();  …  feed.Stop();
//
// The callback runs on the feed's own thread, one batch at a time. When it fails, the feed waits
// (backoff with jitter) and asks again from the last cursor that was applied. A lost connection,
// the end of the stream's deadline and a draining server are the same thing: come back with the
// cursor. Indexes that are not dense (or, under a kind filter, not rising) stop the batch with
// DATA_LOSS before the callback sees it; a feed never skips.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "libs/obs/metrics.h"
#include "varsam/ledger/v1/ledger_service.pb.h"

namespace varsam::client {

struct FeedConfig {
  std::string name;                // the ledger followed; metric label `feed`, snake_case
  std::vector<std::string> kinds;  // entry kinds wanted; empty = all
  absl::Duration stream_max = absl::Minutes(5);  // deadline of one stream
  absl::Duration backoff_min = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(10);
};

// Good only during the callback. `entries` may be empty when only the cursor moved.
struct FeedBatch {
  std::span<const ledger::v1::Entry* const> entries;
  uint64_t next_cursor = 0;  // store this
  uint64_t log_size = 0;     // next_cursor == log_size: caught up when it was sent
};

class Feed {
 public:
  using Apply = std::function<absl::Status(const FeedBatch&)>;

  // `cursor` is the first index wanted (0 at first). Nothing runs until Start().
  Feed(FeedConfig config, std::shared_ptr<grpc::Channel> channel, uint64_t cursor, Apply apply,
       obs::Metrics& metrics);
  // Stops.
  ~Feed();

  void Start();
  // Ends the stream and the thread; a callback that runs is waited for.
  void Stop();
  // The last cursor applied.
  uint64_t cursor() const { return cursor_.load(std::memory_order_acquire); }
  // Has the feed seen the end of the log since it started? (Readiness of a view.)
  bool caught_up() const { return caught_up_.load(std::memory_order_acquire); }

 private:
  void Loop();
  // One stream from the cursor to its end; OK when it ended as expected.
  absl::Status FollowOnce(bool* progressed);
  absl::Status ApplyOne(const ledger::v1::TailResponse& response);
  // false when stopping.
  bool Wait(absl::Duration time);

  const FeedConfig config_;
  const std::shared_ptr<grpc::Channel> channel_;
  const Apply apply_;
  obs::Counter& entries_total_;
  obs::Counter& failures_total_;
  obs::Gauge& lag_;
  std::atomic<uint64_t> cursor_;
  std::atomic<bool> caught_up_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  grpc::ClientContext* stream_ = nullptr;  // the live one, to cancel; guarded by mutex_
  std::thread thread_;
};

}  // namespace varsam::client
