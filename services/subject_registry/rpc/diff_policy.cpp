#include "services/subject_registry/model/parse_policy.h"
#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::DiffPolicy(grpc::CallbackServerContext* context,
                                                      const v1::DiffPolicyRequest* request,
                                                      v1::DiffPolicyResponse* response) {
  return rpc::Unary(diff_policy_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(PolicyModel model, ParsePolicy(request->yaml()));
      ASSIGN_OR_RETURN(std::optional<PolicyText> current, parts_.store.ReadPolicy(connection, ""));
      if (current) response->set_current_version(current->model->policy.version);
      const PolicyModel nothing;
      for (const PolicyChange& change :
           varsam::registry::DiffPolicy(current ? *current->model : nothing, model)) {
        ToProto(change, response->add_changes());
      }
      for (const LintIssue& issue : LintPolicy(model)) ToProto(issue, response->add_findings());
      ToProto(CountPolicy(model), response->mutable_counts());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
