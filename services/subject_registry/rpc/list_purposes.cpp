#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::ListPurposes(grpc::CallbackServerContext* context,
                                                        const v1::ListPurposesRequest* request,
                                                        v1::ListPurposesResponse* response) {
  return rpc::Unary(list_purposes_, context, [&](rpc::Call& call) {
    Read(call, [this, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(PolicyText policy, CurrentPolicy(connection));
      v1::PolicyModel model;
      ToProto(*policy.model, &model);
      response->mutable_purposes()->Swap(model.mutable_purposes());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
