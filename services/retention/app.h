// Retention put together. The only file that names its concrete classes.
#pragma once

#include <memory>

#include "libs/host/host.h"
#include "services/retention/config.h"
#include "services/retention/rpc/retention_service.h"
#include "services/retention/store/postgres_retention_store.h"
#include "services/retention/worker/feeds.h"
#include "services/retention/worker/housekeeping.h"
#include "services/retention/worker/replay_export.h"

namespace varsam::retention {

class App {
 public:
  // Opens everything and the ports; health stays NOT_SERVING until Serve.
  static absl::StatusOr<std::unique_ptr<App>> Start(Config config);
  host::Host& host() { return *host_; }
  const Feeds& feeds() const { return *feeds_; }
  int Serve() { return host_->Serve(); }
  ~App();

 private:
  App();
  absl::Status StartFeeds(const Config& config);
  absl::Status OpenReplayExport(const Config& config);
  absl::Status ApplyFeedAndWait(ApplyFeed ask);
  void Upkeep(absl::Time now);

  PostgresRetentionStore store_;
  std::unique_ptr<host::Host> host_;
  std::unique_ptr<Operations> operations_;
  std::unique_ptr<Feeds> feeds_;
  std::unique_ptr<RetentionService> service_;
  std::unique_ptr<ReplayExport> replay_export_;
  std::unique_ptr<Housekeeping> housekeeping_;
  obs::Gauge* backup_age_ = nullptr;
};

}  // namespace varsam::retention
