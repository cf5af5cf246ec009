#include "services/request_workflow/rpc/connector_service.h"

namespace varsam::requests {
namespace {

// The same order once more, as a task of its own; the person's identifiers stand with the case.
Task Again(const Task& done, Uuid id, absl::Time now) {
  Task task;
  task.id = TaskId(id);
  task.case_id = done.case_id;
  task.run_id = done.run_id;
  task.subject = done.subject;
  task.system = done.system;
  task.action = done.action;
  task.order = done.order;
  task.created_at = now;
  return task;
}

}  // namespace

grpc::ServerUnaryReactor* ConnectorService::AnnounceRestore(
    grpc::CallbackServerContext* context, const cv1::AnnounceRestoreRequest* request,
    cv1::AnnounceRestoreResponse* response) {
  return OnPool(
      parts_, Method("AnnounceRestore"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
        std::vector<Task> finished;
        {
          ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
          ASSIGN_OR_RETURN(std::vector<ServedSystem> served, parts_.store.ReadServed(*lease));
          bool mine = false;
          for (const ServedSystem& one : served) {
            mine |= one.system == request->system() && one.connector == call.peer();
          }
          if (!mine) {
            return ErrorWithReason(absl::StatusCode::kPermissionDenied, "SYSTEM_NOT_INTRODUCED",
                                   "this connector has not introduced that system");
          }
          ASSIGN_OR_RETURN(finished,
                           parts_.store.ReadFinishedSince(*lease, request->system(),
                                                          FromProto(request->backup_taken_at())));
        }
        options.conflict_keys = {"lease"};
        WriteAsk write;
        write.decide = [finished](const Facts&, const journal::Frozen& frozen) {
          Changes changes;
          uint32_t n = 0;
          for (const Task& done : finished) {
            changes.tasks.push_back(Again(done, frozen.FreshV7(n++), frozen.now));
          }
          changes.reply = std::to_string(n);
          return absl::StatusOr<Changes>(std::move(changes));
        };
        ASSIGN_OR_RETURN(const std::string reply,
                         parts_.writer.Write(std::move(write), std::move(options)));
        response->set_tasks_reissued(static_cast<uint32_t>(std::stoul(reply)));
        hub_.Wake();
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
