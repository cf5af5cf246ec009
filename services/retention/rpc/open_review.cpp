#include "libs/calendar/stockholm.h"
#include "services/retention/rpc/convert_reviews.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::OpenReview(grpc::CallbackServerContext* context,
                                                       const v1::OpenReviewRequest* request,
                                                       v1::OpenReviewResponse* response) {
  return rpc::Unary(open_review_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    auto ask = FromProto(*request);
    if (!ask.ok()) return call.Finish(ask.status());
    ask->opened_by = NameOf(call);
    ask->today = calendar::LocalDayOf(parts_.clock.Now());
    options->conflict_keys = {kRecordsKey};
    parts_.journal.Submit(parts_.operations.open_review, *std::move(ask), *std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::retention
