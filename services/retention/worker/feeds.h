// The ledgers of registry, consent and request workflow, each batch applied as one ask of the
// journal together with the feed's cursor.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "grpcpp/channel.h"
#include "libs/client/feed.h"
#include "services/retention/domain/apply_feed.h"

namespace varsam::retention {

struct FeedSource {
  std::string name;  // of the ledger, and of its cursor
  std::shared_ptr<grpc::Channel> channel;
  uint64_t cursor = 0;
};

class Feeds {
 public:
  // Waits until the effects are durable.
  using ApplyAsk = std::function<absl::Status(ApplyFeed)>;
  // `sources` are named registry, consent or requests.
  Feeds(const std::vector<FeedSource>& sources, ApplyAsk apply, obs::Metrics& metrics);
  void Start();
  void Stop();
  // OK when each feed has seen the end of its ledger since the start; UNAVAILABLE FEEDS_BEHIND.
  absl::Status Ready() const;
  uint64_t cursor(const std::string& name) const;

 private:
  absl::Status Apply(const std::string& name, const client::FeedBatch& batch);

  const ApplyAsk apply_;
  std::vector<std::pair<std::string, std::unique_ptr<client::Feed>>> feeds_;
};

}  // namespace varsam::retention
