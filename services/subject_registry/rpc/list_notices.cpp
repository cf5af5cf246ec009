#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::ListNotices(grpc::CallbackServerContext* context,
                                                       const v1::ListNoticesRequest* request,
                                                       v1::ListNoticesResponse* response) {
  return rpc::Unary(list_notices_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(std::vector<Notice> notices,
                       parts_.store.ReadNotices(connection, request->purpose()));
      for (const Notice& one : notices) ToProto(one, response->add_notices());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
