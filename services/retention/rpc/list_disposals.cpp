#include "libs/base/error.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::ListDisposals(
    grpc::CallbackServerContext* context, const v1::ListDisposalsRequest* request,
    v1::ListDisposalsResponse* response) {
  return rpc::Unary(list_disposals_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      const std::optional<RunId> run = RunId::Parse(request->run_id());
      const std::optional<SubjectId> subject = SubjectId::Parse(request->subject_id());
      if (run.has_value() == subject.has_value()) {
        return InvalidField("run_id", "want either run_id or subject_id, a UUID");
      }
      ASSIGN_OR_RETURN(const int rows, PageRows(request->page_size()));
      ASSIGN_OR_RETURN(const Uuid after, PageStart(request->page_token()));
      ASSIGN_OR_RETURN(std::vector<DisposalItem> items,
                       parts_.store.ReadItems(connection, run, subject, after, rows));
      for (const DisposalItem& one : items) ToProto(one, response->add_items());
      if (items.size() == static_cast<size_t>(rows)) {
        response->set_next_page_token(items.back().id.ToString());
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::retention
