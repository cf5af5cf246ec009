#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::WithdrawRequest(
    grpc::CallbackServerContext* context, const v1::WithdrawRequestRequest* request,
    v1::WithdrawRequestResponse* response) {
  return OnPool(parts_, Method("WithdrawRequest"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
                  ASSIGN_OR_RETURN(const Who who, MayTouch(call, id));
                  varsam::requests::WithdrawRequest ask;
                  ask.actor = who.actor;
                  // Taking tasks back and leasing them must not meet in one batch.
                  ASSIGN_OR_RETURN(*response->mutable_case_(),
                                   Change(call, *request, id, std::move(ask), {"lease"}));
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
