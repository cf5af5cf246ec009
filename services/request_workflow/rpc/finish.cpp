#include "services/request_workflow/domain/task_decisions.h"
#include "services/request_workflow/rpc/connector_service.h"

namespace varsam::requests {
namespace {

// The digest of what was uploaded under the fence; empty when nothing was.
absl::StatusOr<std::string> DigestOf(const ServiceParts& parts, const Task& task, int64_t fence) {
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
  ASSIGN_OR_RETURN(const std::optional<std::string> digest,
                   parts.store.ReadUploadDigest(*lease, task.id, fence));
  return digest.value_or("");
}

// The identifiers that a finished disposal was sealed with are of no use any more.
absl::Status ForgetPerson(const ServiceParts& parts, TaskId id, bool of_disposal) {
  if (!of_disposal) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Task task, ReadTask(parts, id));
  const bool over = task.run_id && task.state == TaskState::kFinished &&
                    (task.action == TaskAction::kVerify || task.order.items.empty());
  if (!over) return absl::OkStatus();
  return parts.texts.DestroyKey(IdentityHolderOf(task), parts.clock.Now());
}

}  // namespace

grpc::ServerUnaryReactor* ConnectorService::Finish(grpc::CallbackServerContext* context,
                                                   const cv1::FinishRequest* request,
                                                   cv1::FinishResponse* response) {
  return OnPool(parts_, Method("Finish"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const TaskId id, ParseTaskId(request->task_id()));
                  ASSIGN_OR_RETURN(const Task task, ReadTask(parts_, id));
                  varsam::requests::FinishTask ask;
                  ASSIGN_OR_RETURN(ask.report, ReportFromProto(request->outcome()));
                  ask.peer = std::string(call.peer());
                  ask.fence = static_cast<int64_t>(request->fence());
                  ask.report.result_sha256 = request->result_sha256();
                  ASSIGN_OR_RETURN(ask.expected_sha256, DigestOf(parts_, task, ask.fence));
                  WriteAsk write;
                  write.want.task_id = id;
                  write.decide = [ask](const Facts& facts, const journal::Frozen& frozen) {
                    varsam::requests::FinishTask with_id = ask;
                    with_id.fresh_id = TaskId(frozen.id);
                    return Decide(with_id, *facts.task, facts.file, frozen.now);
                  };
                  journal::SubmitOptions options;
                  options.conflict_keys = TaskKeys(task);
                  options.bytes = request->ByteSizeLong();
                  ASSIGN_OR_RETURN(const std::string reply,
                                   parts_.writer.Write(std::move(write), std::move(options)));
                  response->set_accepted(reply == "accepted");
                  hub_.Wake();
                  return ForgetPerson(parts_, id, task.run_id.has_value());
                });
}

}  // namespace varsam::requests
