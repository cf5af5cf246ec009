#include "services/retention/rpc/convert_reviews.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::SignReview(grpc::CallbackServerContext* context,
                                                       const v1::SignReviewRequest* request,
                                                       v1::SignReviewResponse* response) {
  return rpc::Unary(sign_review_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    auto ask = FromProto(*request);
    if (!ask.ok()) return call.Finish(ask.status());
    ask->signed_by = NameOf(call);
    options->conflict_keys = {kRecordsKey};
    parts_.journal.Submit(parts_.operations.sign_review, *std::move(ask), *std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::retention
