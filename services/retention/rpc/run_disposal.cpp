#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::RunDisposal(
    grpc::CallbackServerContext* context, const v1::RunDisposalRequest* request,
    v1::RunDisposalResponse* response) {
  return rpc::Unary(run_disposal_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    if (absl::Status ready = parts_.feeds_ready(); !ready.ok()) return call.Finish(ready);
    RunDisposalAsk ask;
    ask.run.systems.assign(request->systems().begin(), request->systems().end());
    ask.run.approvers.assign(request->approvers().begin(), request->approvers().end());
    ask.run.operator_name = NameOf(call);
    ask.run.items_max = request->items_max();
    ask.run.undo = absl::Seconds(request->undo_seconds());
    ask.run.clocks = parts_.read_clocks();
    ask.plan_digest = request->plan_digest();
    options->conflict_keys = {kRecordsKey};
    parts_.journal.Submit(parts_.operations.run_disposal, std::move(ask), *std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::retention
