#include "libs/base/error.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::CancelDisposalRun(
    grpc::CallbackServerContext* context, const v1::CancelDisposalRunRequest* request,
    v1::CancelDisposalRunResponse* response) {
  return rpc::Unary(cancel_disposal_run_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    const std::optional<RunId> id = RunId::Parse(request->run_id());
    if (!id) return call.Finish(InvalidField("run_id", "want a UUID"));
    varsam::retention::CancelDisposalRun ask{*id, NameOf(call)};
    options->conflict_keys = {kRecordsKey};
    parts_.journal.Submit(parts_.operations.cancel_disposal_run, std::move(ask),
                          *std::move(options), rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::retention
