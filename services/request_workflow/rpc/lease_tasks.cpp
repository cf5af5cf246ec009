#include "services/request_workflow/rpc/connector_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* ConnectorService::LeaseTasks(grpc::CallbackServerContext* context,
                                                       const cv1::LeaseTasksRequest* request,
                                                       cv1::LeaseTasksResponse* response) {
  return OnPool(parts_, Method("LeaseTasks"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  if (request->systems().empty())
                    return InvalidField("systems", "0, want at least 1");
                  ASSIGN_OR_RETURN(std::vector<cv1::LeasedTask> leases,
                                   LeaseFor(parts_, std::string(call.peer()),
                                            {request->systems().begin(), request->systems().end()},
                                            request->tasks_max()));
                  for (cv1::LeasedTask& lease : leases) *response->add_tasks() = std::move(lease);
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
