#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::ResumeRequest(grpc::CallbackServerContext* context,
                                                         const v1::ResumeRequestRequest* request,
                                                         v1::ResumeRequestResponse* response) {
  return OnPool(parts_, Method("ResumeRequest"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
                  ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
                  varsam::requests::ResumeRequest ask;
                  ask.actor = who.actor;
                  ASSIGN_OR_RETURN(*response->mutable_case_(),
                                   Change(call, *request, id, std::move(ask)));
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
