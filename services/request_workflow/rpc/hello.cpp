#include <algorithm>
#include <limits>
#include <set>

#include "services/request_workflow/domain/system_gate.h"
#include "services/request_workflow/rpc/connector_service.h"

namespace varsam::requests {
namespace {

void WarnCategories(const PolicyView& policy, const cv1::ServedSystem& asked,
                    std::set<std::string>& warnings) {
  for (const PolicySystem& system : policy.systems) {
    if (system.id != asked.system()) continue;
    for (const cv1::Capability& capability : asked.capabilities()) {
      for (const std::string& category : capability.data_categories()) {
        const auto& known = system.categories;
        if (std::find(known.begin(), known.end(), category) == known.end()) {
          warnings.insert("UNKNOWN_CATEGORY");
        }
      }
    }
    return;
  }
  warnings.insert("UNKNOWN_SYSTEM");
}

ServedSystem ServedFrom(const cv1::ServedSystem& asked, const std::string& peer, absl::Time now) {
  ServedSystem served;
  served.connector = peer;
  served.system = asked.system();
  served.schema_digest = asked.schema_digest();
  served.seen_at = now;
  std::set<int32_t> types;
  for (const cv1::Capability& capability : asked.capabilities()) {
    served.actions.push_back(capability.action());
    types.insert(capability.identifier_types().begin(), capability.identifier_types().end());
  }
  served.identifier_types.assign(types.begin(), types.end());
  served.closed.assign(asked.closed().begin(), asked.closed().end());
  served.tasks_per_hour_max = static_cast<int32_t>(
      std::min<uint32_t>(asked.tasks_per_hour_max(), std::numeric_limits<int32_t>::max()));
  return served;
}

absl::Status CheckHello(const cv1::HelloRequest& request) {
  if (request.protocol_min() > kProtocol || request.protocol_max() < kProtocol) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "PROTOCOL_VERSION",
                           "this server speaks version 1");
  }
  if (request.systems().empty() || request.systems_size() > kServedSystemsMax) {
    return InvalidField("systems", std::to_string(request.systems_size()) + ", want 1..50");
  }
  for (const cv1::ServedSystem& asked : request.systems()) {
    if (asked.closed_size() > static_cast<int>(kClosedWindowsMax)) {
      return InvalidField("closed", "want at most 20 windows");
    }
    for (const std::string& window : asked.closed()) {
      RETURN_IF_ERROR(ParseClosedWindow(window).status());
    }
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* ConnectorService::Hello(grpc::CallbackServerContext* context,
                                                  const cv1::HelloRequest* request,
                                                  cv1::HelloResponse* response) {
  return OnPool(parts_, Method("Hello"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  RETURN_IF_ERROR(CheckHello(*request));
                  const std::string peer(call.peer());
                  const absl::Time now = parts_.clock.Now();
                  std::vector<ServedSystem> known;
                  {
                    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
                    ASSIGN_OR_RETURN(known, parts_.store.ReadServed(*lease));
                  }
                  std::set<std::string> warnings;
                  Changes changes;
                  const auto policy = parts_.policy.Get();
                  for (const cv1::ServedSystem& asked : request->systems()) {
                    if (policy != nullptr) WarnCategories(*policy, asked, warnings);
                    for (const ServedSystem& old : known) {
                      if (old.system != asked.system()) continue;
                      // A system belongs to the connector that introduced it; another identity does
                      // not get it.
                      if (old.connector != peer) {
                        return ErrorWithReason(absl::StatusCode::kPermissionDenied, "SYSTEM_TAKEN",
                                               "another connector has introduced that system");
                      }
                      if (old.schema_digest != asked.schema_digest())
                        warnings.insert("SCHEMA_DRIFT");
                    }
                    changes.served.push_back(ServedFrom(asked, peer, now));
                    changes.opened_systems.push_back(asked.system());
                  }
                  if (request->has_agent_time() &&
                      absl::AbsDuration(FromProto(request->agent_time()) - now) > kClockSkewMax) {
                    warnings.insert("CLOCK_SKEW");
                  }
                  WriteAsk write;
                  write.decide = [changes](const Facts&, const journal::Frozen&) {
                    return absl::StatusOr<Changes>(changes);
                  };
                  RETURN_IF_ERROR(parts_.writer.Write(std::move(write), "lease").status());
                  response->set_protocol(kProtocol);
                  for (const std::string& warning : warnings) response->add_warnings(warning);
                  *response->mutable_server_time() = ToProto(now);
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
