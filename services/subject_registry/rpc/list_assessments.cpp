#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::ListAssessments(
    grpc::CallbackServerContext* context, const v1::ListAssessmentsRequest* request,
    v1::ListAssessmentsResponse* response) {
  return rpc::Unary(list_assessments_, context, [&](rpc::Call& call) {
    Read(call, [this, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(std::vector<Assessment> assessments,
                       parts_.store.ReadAssessments(connection));
      for (const Assessment& one : assessments) ToProto(one, response->add_assessments());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
