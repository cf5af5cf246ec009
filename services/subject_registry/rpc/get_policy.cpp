#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/strings.h"
#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::GetPolicy(grpc::CallbackServerContext* context,
                                                     const v1::GetPolicyRequest* request,
                                                     v1::GetPolicyResponse* response) {
  return rpc::Unary(get_policy_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      const std::string version = request->version() == "current" ? "" : request->version();
      ASSIGN_OR_RETURN(std::optional<PolicyText> policy,
                       parts_.store.ReadPolicy(connection, version));
      if (!policy) {
        return ErrorWithReason(absl::StatusCode::kNotFound, "POLICY_VERSION_UNKNOWN",
                               "no such version of the policy");
      }
      ToProto(*policy->model, response->mutable_model());
      response->set_text_sha256(ToHex(policy->sha256));
      ToProto(policy->effective_at, response->mutable_effective_at());
      for (const LintIssue& issue : LintPolicy(*policy->model)) {
        ToProto(issue, response->add_findings());
      }
      ToProto(CountPolicy(*policy->model), response->mutable_counts());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
