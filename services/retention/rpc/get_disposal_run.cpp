#include "libs/base/error.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::GetDisposalRun(
    grpc::CallbackServerContext* context, const v1::GetDisposalRunRequest* request,
    v1::GetDisposalRunResponse* response) {
  return rpc::Unary(get_disposal_run_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      const std::optional<RunId> id = RunId::Parse(request->run_id());
      if (!id) return InvalidField("run_id", "want a UUID");
      ASSIGN_OR_RETURN(std::optional<DisposalRun> run, parts_.store.ReadRun(connection, *id));
      if (!run) {
        return ErrorWithReason(absl::StatusCode::kNotFound, "RUN_UNKNOWN", "no such run");
      }
      ToProto(*run, response->mutable_run());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::retention
