#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::ApproveRequest(grpc::CallbackServerContext* context,
                                                          const v1::ApproveRequestRequest* request,
                                                          v1::ApproveRequestResponse* response) {
  return OnPool(
      parts_, Method("ApproveRequest"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
        varsam::requests::ApproveRequest ask;
        ask.withheld.assign(request->withheld_codes().begin(), request->withheld_codes().end());
        if (const auto policy = parts_.policy.Get())
          ask.strong_categories = policy->strong_categories;
        ask.restriction_ground = request->restriction_ground();
        ask.actor = who.actor;
        ASSIGN_OR_RETURN(*response->mutable_case_(), Change(call, *request, id, std::move(ask)));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
