#include "services/request_workflow/domain/task_decisions.h"
#include "services/request_workflow/rpc/connector_service.h"

namespace varsam::requests {

absl::StatusOr<std::string> ConnectorService::Renew(const std::string& peer,
                                                    const std::string& task_id, uint64_t fence) {
  ASSIGN_OR_RETURN(const TaskId id, ParseTaskId(task_id));
  ASSIGN_OR_RETURN(const Task task, ReadTask(parts_, id));
  WriteAsk write;
  write.want.task_id = id;
  write.decide = [peer, fence](const Facts& facts, const journal::Frozen& frozen) {
    return Decide(varsam::requests::RenewLease{peer, static_cast<int64_t>(fence)}, *facts.task,
                  frozen.now);
  };
  journal::SubmitOptions options;
  options.conflict_keys = TaskKeys(task);
  return parts_.writer.Write(std::move(write), std::move(options));
}

grpc::ServerUnaryReactor* ConnectorService::RenewLease(grpc::CallbackServerContext* context,
                                                       const cv1::RenewLeaseRequest* request,
                                                       cv1::RenewLeaseResponse* response) {
  return OnPool(parts_, Method("RenewLease"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(
                      const std::string reply,
                      Renew(std::string(call.peer()), request->task_id(), request->fence()));
                  response->set_cancelled(reply == "cancelled");
                  *response->mutable_lease_until() = ToProto(parts_.clock.Now() + kLeaseTime);
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
