#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/domain/task_decisions.h"
#include "services/request_workflow/flow/task_access.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {
namespace {

// What a person hands in: exported data as one chunk under the task's present fence, and the
// evidence.
absl::Status SealHandIn(const ServiceParts& parts, const v1::FinishTaskRequest& request,
                        const Task& task, FinishTask& ask, Changes& extra) {
  if (request.evidence().size() > kReasonBytesMax) {
    return InvalidField("evidence", "want at most 4000 bytes");
  }
  if (!request.evidence().empty() && task.case_id) {
    ASSIGN_OR_RETURN(
        SealedText text,
        parts.texts.Seal(*task.case_id, "evidence/" + task.id.ToString(), request.evidence()));
    extra.texts.push_back(std::move(text));
  }
  ask.has_evidence = !request.evidence().empty();
  if (request.result().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(UploadChunk chunk, SealChunk(parts, task, task.fence, 0, request.result()));
  extra.chunks.push_back(std::move(chunk));
  ask.expected_sha256 = Sha256(request.result());
  ask.report.result_sha256 = ask.expected_sha256;
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* RequestsService::FinishTask(grpc::CallbackServerContext* context,
                                                      const v1::FinishTaskRequest* request,
                                                      v1::FinishTaskResponse* response) {
  return OnPool(
      parts_, Method("FinishTask"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
        ASSIGN_OR_RETURN(const TaskId id, ParseTaskId(request->task_id()));
        ASSIGN_OR_RETURN(const Task task, ReadTask(parts_, id));
        varsam::requests::FinishTask ask;
        ASSIGN_OR_RETURN(ask.report, ReportFromCounts(request->outcome(), request->counts()));
        ask.actor = who.actor;
        ask.fence = task.fence;
        ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
        options.conflict_keys = TaskKeys(task);
        Changes extra;
        RETURN_IF_ERROR(SealHandIn(parts_, *request, task, ask, extra));
        WriteAsk write;
        write.want.task_id = id;
        write.want.holds = true;
        write.decide = [ask, extra](const Facts& facts,
                                    const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
          varsam::requests::FinishTask with_id = ask;
          with_id.fresh_id = TaskId(frozen.id);
          with_id.holds = facts.holds;
          ASSIGN_OR_RETURN(Changes changes, Decide(with_id, *facts.task, facts.file, frozen.now));
          changes.chunks = extra.chunks;
          changes.texts = extra.texts;
          return changes;
        };
        RETURN_IF_ERROR(parts_.writer.Write(std::move(write), std::move(options)).status());
        ASSIGN_OR_RETURN(const Task after, ReadTask(parts_, id));
        *response->mutable_task() = ToProto(after);
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
