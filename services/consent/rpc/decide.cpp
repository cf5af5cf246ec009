#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::Decide(
    grpc::CallbackServerContext* context, const v1::DecideRequest* request,
    v1::DecideResponse* response) {
  return rpc::Unary(decide_, context, [&](rpc::Call& call) {
    const auto answer = [this, request, response]() -> absl::Status {
      ParsedQuestion parsed;
      RETURN_IF_ERROR(FromProto(request->query(), parts_.clock.Now(), parsed));
      response->set_revision(parts_.gate.revision());
      ToProto(parts_.table.Decide(parsed.question), parsed.question.at,
              response->mutable_decision());
      return absl::OkStatus();
    };
    if (parts_.gate.revision() >= request->at_least_revision()) return call.Finish(answer());
    WhenThere(call, request->at_least_revision(), answer);
  });
}

}  // namespace varsam::consent
