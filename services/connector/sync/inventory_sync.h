// Tells the registry who the systems know, and retention what moves their clocks, page by page.
// Each write's request id follows from its content and the day, so a sync that is repeated or cut
// off does no harm.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "libs/base/clock.h"
#include "services/connector/adapters/adapter.h"
#include "varsam/registry/v1/registry_service.grpc.pb.h"
#include "varsam/retention/v1/retention_service.grpc.pb.h"

namespace varsam::connector {

inline constexpr int kSyncPageRows = 200;

struct SyncReport {
  uint64_t read = 0;     // records of people
  uint64_t created = 0;  // people new to the registry
  uint64_t matched = 0;
  uint64_t held = 0;     // rows that the registry did not take
  uint64_t signals = 0;  // records told to retention
  uint64_t faults = 0;   // rows whose stored values the mapping does not know
};

class InventorySync {
 public:
  InventorySync(const std::shared_ptr<grpc::Channel>& registry,
                const std::shared_ptr<grpc::Channel>& retention, const Clock& clock);

  // One page from `after` on; returns where the next one starts, empty at the end.
  absl::StatusOr<std::string> SyncPage(Adapter& adapter, const std::string& after,
                                       SyncReport& report);
  // All pages of one system.
  absl::StatusOr<SyncReport> SyncAll(Adapter& adapter);

 private:
  std::unique_ptr<registry::v1::RegistryService::Stub> registry_;
  std::unique_ptr<retention::v1::RetentionService::Stub> retention_;
  const Clock& clock_;
};

}  // namespace varsam::connector
