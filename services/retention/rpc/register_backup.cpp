#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::RegisterBackup(
    grpc::CallbackServerContext* context, const v1::RegisterBackupRequest* request,
    v1::RegisterBackupResponse* response) {
  return rpc::Unary(register_backup_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    auto backup = FromProto(request->backup());
    if (!backup.ok()) return call.Finish(backup.status());
    varsam::retention::RegisterBackup ask{*std::move(backup)};
    options->conflict_keys = {"backup/" + request->backup().id()};
    parts_.journal.Submit(parts_.operations.register_backup, std::move(ask), *std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::retention
