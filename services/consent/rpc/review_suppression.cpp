#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::ReviewSuppression(
    grpc::CallbackServerContext* context, const v1::ReviewSuppressionRequest* request,
    v1::ReviewSuppressionResponse* response) {
  return rpc::Unary(review_suppression_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    const std::optional<Uuid> id = Uuid::Parse(request->suppression_id());
    if (!id) return call.Finish(InvalidField("suppression_id", "not a UUID"));
    options->conflict_keys = {"suppression/" + id->ToString()};
    parts_.journal.Submit(operations_.review_suppression,
                          varsam::consent::ReviewSuppression{*id, request->still_needed()},
                          *std::move(options), FinishWrite(call, response));
  });
}

}  // namespace varsam::consent
