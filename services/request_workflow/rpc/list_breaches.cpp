#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::ListBreaches(grpc::CallbackServerContext* context,
                                                        const v1::ListBreachesRequest* request,
                                                        v1::ListBreachesResponse* response) {
  return OnPool(parts_, Method("ListBreaches"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
                  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
                  ASSIGN_OR_RETURN(std::vector<Breach> breaches,
                                   parts_.store.ReadBreaches(*lease, std::nullopt));
                  for (const Breach& breach : breaches) {
                    ASSIGN_OR_RETURN(*response->add_breaches(), Render(breach));
                  }
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
