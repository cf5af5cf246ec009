#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::EndContact(grpc::CallbackServerContext* context,
                                                      const v1::EndContactRequest* request,
                                                      v1::EndContactResponse* response) {
  return OnPool(parts_, Method("EndContact"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
                  ASSIGN_OR_RETURN(const Who who, MayTouch(call, id));
                  varsam::requests::EndContact ask{who.actor};
                  ASSIGN_OR_RETURN(*response->mutable_case_(),
                                   Change(call, *request, id, std::move(ask)));
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
