#include "services/request_workflow/rpc/connector_service.h"

namespace varsam::requests {

// Identifiers that a system found on its way are not used: they could widen a request to the wrong
// person. They are sealed with the case for whoever reviews it.
grpc::ServerUnaryReactor* ConnectorService::Report(grpc::CallbackServerContext* context,
                                                   const cv1::ReportRequest* request,
                                                   cv1::ReportResponse* response) {
  return OnPool(
      parts_, Method("Report"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        if (request->discovered_size() > static_cast<int>(kIdentifiersMax)) {
          return InvalidField("discovered", "want at most 20");
        }
        ASSIGN_OR_RETURN(const std::string reply,
                         Renew(std::string(call.peer()), request->task_id(), request->fence()));
        *response->mutable_lease_until() = ToProto(parts_.clock.Now() + kLeaseTime);
        if (request->discovered().empty()) return absl::OkStatus();
        ASSIGN_OR_RETURN(const TaskId id, ParseTaskId(request->task_id()));
        ASSIGN_OR_RETURN(const Task task, ReadTask(parts_, id));
        if (!task.case_id) return absl::OkStatus();
        cv1::TaskSubject found;
        *found.mutable_identifiers() = request->discovered();
        ASSIGN_OR_RETURN(SealedText text,
                         parts_.texts.Seal(*task.case_id, "discovered/" + request->task_id(),
                                           found.SerializeAsString()));
        WriteAsk write;
        write.decide = [text](const Facts&, const journal::Frozen&) {
          Changes changes;
          changes.texts.push_back(text);
          return absl::StatusOr<Changes>(std::move(changes));
        };
        return parts_.writer.Write(std::move(write), "task/" + request->task_id()).status();
      });
}

}  // namespace varsam::requests
