#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::ListHolds(
    grpc::CallbackServerContext* context, const v1::ListHoldsRequest* request,
    v1::ListHoldsResponse* response) {
  return rpc::Unary(list_holds_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(std::vector<Hold> holds,
                       parts_.store.ReadHolds(connection, request->include_released()));
      for (const Hold& one : holds) ToProto(one, response->add_holds());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::retention
