#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::RefuseRequest(grpc::CallbackServerContext* context,
                                                         const v1::RefuseRequestRequest* request,
                                                         v1::RefuseRequestResponse* response) {
  return OnPool(
      parts_, Method("RefuseRequest"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
        if (request->code().empty()) return InvalidField("code", "empty, want a refusal code");
        varsam::requests::RefuseRequest ask;
        ask.code = request->code();
        ask.actor = who.actor;
        if (request->reasons().size() > kReasonBytesMax) {
          return InvalidField("reasons", "want at most 4000 bytes");
        }
        if (!request->reasons().empty()) {
          ASSIGN_OR_RETURN(SealedText text, parts_.texts.Seal(id, "reasons", request->reasons()));
          ask.texts.push_back(std::move(text));
        }
        ASSIGN_OR_RETURN(*response->mutable_case_(), Change(call, *request, id, std::move(ask)));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
