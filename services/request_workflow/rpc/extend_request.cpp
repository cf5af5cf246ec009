#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::ExtendRequest(grpc::CallbackServerContext* context,
                                                         const v1::ExtendRequestRequest* request,
                                                         v1::ExtendRequestResponse* response) {
  return OnPool(
      parts_, Method("ExtendRequest"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
        varsam::requests::ExtendRequest ask;
        if (request->ground() == "complex")
          ask.ground = ExtensionGround::kComplex;
        else if (request->ground() == "many_requests")
          ask.ground = ExtensionGround::kManyRequests;
        else
          return InvalidField("ground", "want complex or many_requests");
        if (request->reasons().empty()) return InvalidField("reasons", "empty, want the reasons");
        ask.actor = who.actor;
        if (request->reasons().size() > kReasonBytesMax) {
          return InvalidField("reasons", "want at most 4000 bytes");
        }
        if (!request->reasons().empty()) {
          ASSIGN_OR_RETURN(SealedText text,
                           parts_.texts.Seal(id, "extension_reasons", request->reasons()));
          ask.texts.push_back(std::move(text));
        }
        ASSIGN_OR_RETURN(*response->mutable_case_(), Change(call, *request, id, std::move(ask)));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
