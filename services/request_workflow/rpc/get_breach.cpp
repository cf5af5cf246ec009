#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::GetBreach(grpc::CallbackServerContext* context,
                                                     const v1::GetBreachRequest* request,
                                                     v1::GetBreachResponse* response) {
  return OnPool(parts_, Method("GetBreach"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
                  const std::optional<BreachId> id = BreachId::Parse(request->breach_id());
                  if (!id) return InvalidField("breach_id", "want a UUID");
                  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
                  ASSIGN_OR_RETURN(std::vector<Breach> breaches,
                                   parts_.store.ReadBreaches(*lease, id));
                  ASSIGN_OR_RETURN(*response->mutable_breach(), Render(breaches.front()));
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
