// The ledgers of registry, request workflow and retention, read from their beginning into the
// decision table. Nothing of it is stored here: the other service's ledger is the store.
#pragma once

#include <memory>

#include "grpcpp/channel.h"
#include "libs/client/feed.h"
#include "libs/obs/metrics.h"
#include "services/consent/store/change_hub.h"
#include "services/consent/store/decision_table.h"

namespace varsam::consent {

struct FeedChannels {
  std::shared_ptr<grpc::Channel> registry, requests, retention;
};

class Feeds {
 public:
  Feeds(const FeedChannels& channels, DecisionTable& table, ChangeHub& hub, obs::Metrics& metrics);
  ~Feeds();
  void Start();
  void Stop();
  // Notes which ledgers have been read to their end by now; from time to time.
  void Look();

 private:
  template <typename Apply>
  absl::Status ApplyEach(const client::FeedBatch& batch, ChangeSource source, Apply apply);
  absl::Status ApplyRegistry(const client::FeedBatch& batch);

  DecisionTable& table_;
  ChangeHub& hub_;
  CatalogueBuilder builder_;
  uint64_t registry_next_ = 0;
  client::Feed registry_, requests_, retention_;
};

}  // namespace varsam::consent
