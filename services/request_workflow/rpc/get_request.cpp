#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::GetRequest(grpc::CallbackServerContext* context,
                                                      const v1::GetRequestRequest* request,
                                                      v1::GetRequestResponse* response) {
  return OnPool(parts_, Method("GetRequest"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
                  ASSIGN_OR_RETURN(const Who who, MayTouch(call, id));
                  ASSIGN_OR_RETURN(*response->mutable_case_(), ReadCase(id));
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
