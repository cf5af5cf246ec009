#include "libs/client/feed.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/random.h"
#include "libs/base/status_macros.h"
#include "libs/obs/log.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status.h"
#include "varsam/ledger/v1/ledger_service.grpc.pb.h"

namespace varsam::client {
namespace {

// Between half of the time and the whole of it, so that consumers do not come back all at once.
absl::Duration Jittered(absl::Duration time) {
  uint32_t random = 0;
  FillRandom(&random, sizeof(random));
  return time * (0.5 + 0.5 * (static_cast<double>(random) / UINT32_MAX));
}

// Streams end with their deadline and with a server's drain (a stream that arrives during the drain
// is cancelled); none of it is a failure.
bool IsUsualEnd(const absl::Status& status) {
  return status.ok() || absl::IsDeadlineExceeded(status) || absl::IsCancelled(status) ||
         ReasonOf(status) == "DRAINING";
}

absl::Status OutOfOrder(uint64_t want, uint64_t got) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, "FEED_NOT_DENSE",
                         absl::StrCat("feed at index ", got, ", want ", want));
}

}  // namespace

Feed::Feed(FeedConfig config, std::shared_ptr<grpc::Channel> channel, uint64_t cursor, Apply apply,
           obs::Metrics& metrics)
    : config_(std::move(config)),
      channel_(std::move(channel)),
      apply_(std::move(apply)),
      entries_total_(metrics.AddCounter("varsam_feed_entries_total", "Entries applied",
                                        {{"feed", config_.name}})),
      failures_total_(metrics.AddCounter("varsam_feed_failures_total",
                                         "Streams that ended by a failure, either side's",
                                         {{"feed", config_.name}})),
      lag_(metrics.AddGauge("varsam_feed_lag_entries", "Entries of the log not yet applied",
                            {{"feed", config_.name}})),
      cursor_(cursor) {}

Feed::~Feed() { Stop(); }

void Feed::Start() {
  VARSAM_CHECK(!thread_.joinable()) << "feed " << config_.name << " started twice";
  thread_ = std::thread([this] { Loop(); });
}

void Feed::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    if (stream_ != nullptr) stream_->TryCancel();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Feed::Wait(absl::Duration time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, absl::ToChronoMicroseconds(time), [this] { return stopping_; });
  return !stopping_;
}

void Feed::Loop() {
  absl::Duration backoff = config_.backoff_min;
  while (true) {
    bool progressed = false;
    const absl::Status status = FollowOnce(&progressed);
    if (progressed) backoff = config_.backoff_min;
    if (!IsUsualEnd(status)) {
      std::unique_lock lock(mutex_);
      if (stopping_) return;
      lock.unlock();
      failures_total_.Add();
      obs::Log(obs::Level::kWarn, "feed_interrupted",
               {obs::F("feed", config_.name), obs::F("cursor", cursor()), obs::F("status", status),
                obs::F("again_in", backoff)});
    }
    if (!Wait(Jittered(backoff))) return;
    if (!progressed) backoff = std::min(backoff * 2, config_.backoff_max);
  }
}

absl::Status Feed::FollowOnce(bool* progressed) {
  const auto context =
      rpc::NewContext({.deadline = SystemClock().Now() + config_.stream_max});
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return absl::OkStatus();
    stream_ = context.get();
  }
  ledger::v1::TailRequest request;
  request.set_from_index(cursor());
  for (const std::string& kind : config_.kinds) request.add_kinds(kind);
  const auto stub = ledger::v1::LedgerService::NewStub(channel_);
  const auto reader = stub->Tail(context.get(), request);
  ledger::v1::TailResponse response;
  absl::Status applied;
  while (applied.ok() && reader->Read(&response)) {
    applied = ApplyOne(response);
    if (applied.ok()) *progressed = true;
  }
  if (!applied.ok()) context->TryCancel();
  while (reader->Read(&response)) {
  }
  const absl::Status ended = rpc::FromGrpc(reader->Finish());
  std::lock_guard lock(mutex_);
  stream_ = nullptr;
  return applied.ok() ? ended : applied;
}

absl::Status Feed::ApplyOne(const ledger::v1::TailResponse& response) {
  uint64_t want = cursor();
  std::vector<const ledger::v1::Entry*> entries;
  entries.reserve(response.entries_size());
  for (const ledger::v1::Entry& entry : response.entries()) {
    const bool in_order = config_.kinds.empty() ? entry.index() == want : entry.index() >= want;
    if (!in_order || entry.index() >= response.next_index()) return OutOfOrder(want, entry.index());
    want = entry.index() + 1;
    entries.push_back(&entry);
  }
  const bool whole = config_.kinds.empty() ? want == response.next_index()
                                           : want <= response.next_index();
  if (!whole || response.next_index() > response.size()) {
    return OutOfOrder(want, response.next_index());
  }
  if (response.next_index() != cursor()) {
    RETURN_IF_ERROR(apply_({.entries = entries,
                            .next_cursor = response.next_index(),
                            .log_size = response.size()}));
    cursor_.store(response.next_index(), std::memory_order_release);
    entries_total_.Add(entries.size());
  }
  lag_.Set(static_cast<double>(response.size() - response.next_index()));
  if (response.next_index() == response.size()) caught_up_.store(true, std::memory_order_release);
  return absl::OkStatus();
}

}  // namespace varsam::client
