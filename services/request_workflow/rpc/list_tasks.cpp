#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::ListTasks(grpc::CallbackServerContext* context,
                                                     const v1::ListTasksRequest* request,
                                                     v1::ListTasksResponse* response) {
  return OnPool(parts_, Method("ListTasks"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
                  ASSIGN_OR_RETURN(const Who who, MayTouch(call, id));
                  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
                  ASSIGN_OR_RETURN(CaseView view, parts_.store.ReadCase(*lease, id));
                  const absl::Time now = parts_.clock.Now();
                  for (const Task& task : view.file.tasks) {
                    v1::Task* const one = response->add_tasks();
                    *one = ToProto(task);
                    one->set_escalation(std::string(NameOf(EscalationOf(task, now))));
                  }
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
