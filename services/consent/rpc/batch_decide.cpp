#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::BatchDecide(grpc::CallbackServerContext* context,
                                                      const v1::BatchDecideRequest* request,
                                                      v1::BatchDecideResponse* response) {
  return rpc::Unary(batch_decide_, context, [&](rpc::Call& call) {
    if (request->queries_size() > kDecisionsBatchMax) {
      return call.Finish(InvalidField(
          "queries", absl::StrCat(request->queries_size(), ", want at most ", kDecisionsBatchMax)));
    }
    const auto answer = [this, request, response]() -> absl::Status {
      const absl::Time now = parts_.clock.Now();
      response->set_revision(parts_.gate.revision());
      if (request->keep()) ToProto(parts_.hub.view(), response->mutable_view());
      response->mutable_decisions()->Reserve(request->queries_size());
      ParsedQuestion parsed;
      DecisionTable::Asking asking(parts_.table);
      for (const v1::DecisionQuery& query : request->queries()) {
        parsed.question = {};
        RETURN_IF_ERROR(FromProto(query, now, parsed));
        v1::Decision* const decision = response->add_decisions();
        ToProto(asking.Decide(parsed.question), parsed.question.at, decision);
        if (request->keep()) AddHoldsUntil(query, parsed.question, decision);
      }
      return absl::OkStatus();
    };
    if (parts_.gate.revision() >= request->at_least_revision()) return call.Finish(answer());
    WhenThere(call, request->at_least_revision(), answer);
  });
}

}  // namespace varsam::consent
