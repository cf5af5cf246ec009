#include "libs/base/error.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::ReleaseHold(
    grpc::CallbackServerContext* context, const v1::ReleaseHoldRequest* request,
    v1::ReleaseHoldResponse* response) {
  return rpc::Unary(release_hold_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    const std::optional<HoldId> id = HoldId::Parse(request->hold_id());
    if (!id) return call.Finish(InvalidField("hold_id", "want a UUID"));
    varsam::retention::ReleaseHold ask{*id, request->reason()};
    options->conflict_keys = {kRecordsKey};
    parts_.journal.Submit(parts_.operations.release_hold, std::move(ask), *std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::retention
