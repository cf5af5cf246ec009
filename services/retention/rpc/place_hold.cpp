#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::PlaceHold(
    grpc::CallbackServerContext* context, const v1::PlaceHoldRequest* request,
    v1::PlaceHoldResponse* response) {
  return rpc::Unary(place_hold_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    auto parsed = HoldFrom(request->hold());
    if (!parsed.ok()) return call.Finish(parsed.status());
    varsam::retention::PlaceHold ask = *std::move(parsed);
    options->conflict_keys = {kRecordsKey};
    parts_.journal.Submit(parts_.operations.place_hold, std::move(ask), *std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::retention
