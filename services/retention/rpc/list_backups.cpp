#include "libs/calendar/stockholm.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::ListBackups(
    grpc::CallbackServerContext* context, const v1::ListBackupsRequest* request,
    v1::ListBackupsResponse* response) {
  return rpc::Unary(list_backups_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      const absl::Time now = parts_.clock.Now();
      ASSIGN_OR_RETURN(const std::vector<Backup> sets,
                       parts_.store.ReadBackups(connection, request->target(),
                                                calendar::LocalDayOf(now)));
      for (const Backup& one : sets) ToProto(one, response->add_backups());
      for (const BackupHealth& one : HealthOf(sets, now)) ToProto(one, response->add_targets());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::retention
