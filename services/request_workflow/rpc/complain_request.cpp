#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::ComplainRequest(
    grpc::CallbackServerContext* context, const v1::ComplainRequestRequest* request,
    v1::ComplainRequestResponse* response) {
  return OnPool(
      parts_, Method("ComplainRequest"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
        ASSIGN_OR_RETURN(const Who who, MayTouch(call, id));
        varsam::requests::ComplainRequest ask;
        ask.actor = who.actor;
        if (request->text().size() > kReasonBytesMax) {
          return InvalidField("text", "want at most 4000 bytes");
        }
        if (!request->text().empty()) {
          ASSIGN_OR_RETURN(SealedText text, parts_.texts.Seal(id, "complaint", request->text()));
          ask.texts.push_back(std::move(text));
        }
        ASSIGN_OR_RETURN(*response->mutable_case_(), Change(call, *request, id, std::move(ask)));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
