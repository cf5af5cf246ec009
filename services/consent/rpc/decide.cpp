#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::Decide(grpc::CallbackServerContext* context,
                                                 const v1::DecideRequest* request,
                                                 v1::DecideResponse* response) {
  return rpc::Unary(decide_, context, [&](rpc::Call& call) {
    const auto answer = [this, request, response]() -> absl::Status {
      ParsedQuestion parsed;
      RETURN_IF_ERROR(FromProto(request->query(), parts_.clock.Now(), parsed));
      response->set_revision(parts_.gate.revision());
      // Before the answer, so that what comes in between is told as a change of it.
      if (request->keep()) ToProto(parts_.hub.view(), response->mutable_view());
      ToProto(parts_.table.Decide(parsed.question), parsed.question.at,
              response->mutable_decision());
      if (request->keep())
        AddHoldsUntil(request->query(), parsed.question, response->mutable_decision());
      return absl::OkStatus();
    };
    if (parts_.gate.revision() >= request->at_least_revision()) return call.Finish(answer());
    WhenThere(call, request->at_least_revision(), answer);
  });
}

void ConsentService::AddHoldsUntil(const v1::DecisionQuery& query, const Question& question,
                                   v1::Decision* decision) const {
  if (query.has_at()) return;
  if (decision->reason() == "INDETERMINATE") return;  // the missing fact may come at any time
  const std::optional<absl::Time> until = parts_.table.HoldsUntil(question);
  if (until) ToProto(*until, decision->mutable_holds_until());
}

}  // namespace varsam::consent
