#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::AcknowledgeRequest(
    grpc::CallbackServerContext* context, const v1::AcknowledgeRequestRequest* request,
    v1::AcknowledgeRequestResponse* response) {
  return OnPool(parts_, Method("AcknowledgeRequest"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
                  ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
                  if (request->method().size() > kMethodBytesMax) {
                    return InvalidField("method", "want at most 100 bytes");
                  }
                  varsam::requests::AcknowledgeRequest ask;
                  ask.method = request->method();
                  ask.actor = who.actor;
                  ASSIGN_OR_RETURN(*response->mutable_case_(),
                                   Change(call, *request, id, std::move(ask)));
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
