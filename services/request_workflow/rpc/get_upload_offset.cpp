#include "services/request_workflow/rpc/connector_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* ConnectorService::GetUploadOffset(
    grpc::CallbackServerContext* context, const cv1::GetUploadOffsetRequest* request,
    cv1::GetUploadOffsetResponse* response) {
  return OnPool(
      parts_, Method("GetUploadOffset"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const TaskId id, ParseTaskId(request->task_id()));
        ASSIGN_OR_RETURN(const Task task, ReadTask(parts_, id));
        RETURN_IF_ERROR(CheckLease(task, std::string(call.peer()),
                                   static_cast<int64_t>(request->fence()), parts_.clock.Now()));
        ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
        ASSIGN_OR_RETURN(
            const int64_t end,
            parts_.store.ReadUploadEnd(*lease, id, static_cast<int64_t>(request->fence())));
        response->set_offset(static_cast<uint64_t>(end));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
