// The one border between the protocol's messages and the adapters' structs.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "services/connector/adapters/adapter.h"
#include "varsam/connector/v1/connector.pb.h"
#include "varsam/connector/v1/connector_service.pb.h"
#include "varsam/registry/v1/registry.pb.h"
#include "varsam/retention/v1/retention.pb.h"

namespace varsam::connector {

using Action = std::variant<Export, Rectify, Restrict, StopProcessing, Erase, Verify>;

struct Task {
  std::string id;
  std::string system;
  uint64_t fence = 0;
  Identifiers who;
  std::optional<Action> action;  // nullopt: one this software does not know
};

Task FromProto(const v1::LeasedTask& leased);
v1::Outcome ToProto(const Outcome& outcome);
Outcome FromProto(const v1::Outcome& outcome);
v1::ServedSystem ToProto(const std::string& system, const std::vector<Capability>& capabilities,
                         const std::string& schema_digest);

// `system` is where the record key comes from.
registry::v1::ImportRow ToImportRow(const InventorySubject& subject, const std::string& system);
// `read_at`: before the inventory was read, so that a later erasure is never undone by it.
retention::v1::RecordSignal ToSignal(const InventoryRecord& record, const InventorySubject& subject,
                                     const std::string& subject_id, const std::string& system,
                                     absl::Time read_at);

}  // namespace varsam::connector
