#include "libs/base/strings.h"
#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::StopRequest(grpc::CallbackServerContext* context,
                                                       const v1::StopRequestRequest* request,
                                                       v1::StopRequestResponse*) {
  return OnPool(parts_, Method("StopRequest"), context,
                [this, request](rpc::Call& call) -> absl::Status {
                  if (request->token().empty() || request->token().size() > 128) {
                    return InvalidField("token", "want 1..128 characters");
                  }
                  const std::string token = Sha256(request->token());
                  std::optional<CaseId> id;
                  {
                    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
                    ASSIGN_OR_RETURN(id, parts_.store.FindLinkCase(*lease, token));
                  }
                  journal::SubmitOptions options;
                  options.time_left = rpc::TimeLeft(call);
                  options.conflict_keys = {"link/" + ToHex(token), "lease"};
                  if (id) options.conflict_keys.push_back("case/" + id->ToString());
                  WriteAsk write;
                  write.want.case_id = id;
                  write.want.token_sha256 = token;
                  write.decide = [](const Facts& facts, const journal::Frozen& frozen) {
                    return DecideStop(facts.link, facts.file, frozen.now);
                  };
                  ASSIGN_OR_RETURN(const std::string reply,
                                   parts_.writer.Write(std::move(write), std::move(options)));
                  if (!reply.empty()) return absl::OkStatus();
                  return ErrorWithReason(absl::StatusCode::kNotFound, "LINK_INVALID",
                                         "this link does not work, or no longer");
                });
}

}  // namespace varsam::requests
