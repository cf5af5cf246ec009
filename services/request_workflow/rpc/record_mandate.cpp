#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::RecordMandate(grpc::CallbackServerContext* context,
                                                         const v1::RecordMandateRequest* request,
                                                         v1::RecordMandateResponse* response) {
  return OnPool(parts_, Method("RecordMandate"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
                  ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
                  if (request->method().size() > kMethodBytesMax) {
                    return InvalidField("method", "want at most 100 bytes");
                  }
                  varsam::requests::RecordMandate ask{request->method(), who.actor};
                  ASSIGN_OR_RETURN(*response->mutable_case_(),
                                   Change(call, *request, id, std::move(ask)));
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
