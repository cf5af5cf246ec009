#include "libs/base/error.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/convert_plan.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::ReplayErasures(
    grpc::CallbackServerContext* context, const v1::ReplayErasuresRequest* request,
    v1::ReplayErasuresResponse* response) {
  return rpc::Unary(replay_erasures_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(const int rows, PageRows(request->page_size()));
      ASSIGN_OR_RETURN(std::optional<Backup> backup,
                       parts_.store.ReadBackup(connection, request->backup_id()));
      if (!backup) {
        return ErrorWithReason(absl::StatusCode::kNotFound, "BACKUP_UNKNOWN", "no such backup");
      }
      // A backup taken at the very instant of a fact does not know it for certain.
      ReplayPage after{backup->taken_at - absl::Microseconds(1), Uuid{}};
      if (!request->page_token().empty()) {
        ASSIGN_OR_RETURN(after, ReplayPageFrom(request->page_token()));
      }
      ASSIGN_OR_RETURN(std::vector<ReplayFact> facts,
                       parts_.store.ReadReplay(connection, after, rows));
      for (const ReplayFact& one : facts) ToProto(one, response->add_items());
      if (facts.size() == static_cast<size_t>(rows)) {
        response->set_next_page_token(
            ReplayToken({facts.back().at, facts.back().id}));
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::retention
