#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::ExchangeCaseLink(
    grpc::CallbackServerContext* context, const v1::ExchangeCaseLinkRequest* request,
    v1::ExchangeCaseLinkResponse* response) {
  return OnPool(
      parts_, Method("ExchangeCaseLink"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        if (request->token().empty() || request->token().size() > 128) {
          return InvalidField("token", "want 1..128 characters");
        }
        journal::SubmitOptions options;
        options.time_left = rpc::TimeLeft(call);
        ASSIGN_OR_RETURN(std::string reply,
                         UseLink(request->token(), std::nullopt, true, std::move(options)));
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(reply));
        ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
        ASSIGN_OR_RETURN(CaseView view, parts_.store.ReadCase(*lease, id));
        response->set_case_id(reply);
        if (view.file.c.subject) response->set_subject_id(view.file.c.subject->ToString());
        *response->mutable_expires_at() = ToProto(parts_.clock.Now() + kPersonSessionLife);
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
