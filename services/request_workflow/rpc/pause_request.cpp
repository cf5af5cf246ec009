#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::PauseRequest(grpc::CallbackServerContext* context,
                                                        const v1::PauseRequestRequest* request,
                                                        v1::PauseRequestResponse* response) {
  return OnPool(
      parts_, Method("PauseRequest"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
        varsam::requests::PauseRequest ask;
        if (request->question_kind() == "identity")
          ask.kind = QuestionKind::kIdentity;
        else if (request->question_kind() == "scope")
          ask.kind = QuestionKind::kScope;
        else if (request->question_kind() == "fee")
          ask.kind = QuestionKind::kFee;
        else if (request->question_kind() == "other")
          ask.kind = QuestionKind::kOther;
        else
          return InvalidField("question_kind", "want identity, scope, fee or other");
        ask.actor = who.actor;
        if (request->question().size() > kReasonBytesMax) {
          return InvalidField("question", "want at most 4000 bytes");
        }
        if (!request->question().empty()) {
          ASSIGN_OR_RETURN(SealedText text, parts_.texts.Seal(id, "question", request->question()));
          ask.texts.push_back(std::move(text));
        }
        ASSIGN_OR_RETURN(*response->mutable_case_(), Change(call, *request, id, std::move(ask)));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
