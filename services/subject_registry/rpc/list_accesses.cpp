#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::ListAccesses(grpc::CallbackServerContext* context,
                                                        const v1::ListAccessesRequest* request,
                                                        v1::ListAccessesResponse* response) {
  return rpc::Unary(list_accesses_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(SubjectId id, rpc::ParseSubjectId(request->subject_id()));
      ASSIGN_OR_RETURN(int rows_max, PageRows(request->page_size()));
      ASSIGN_OR_RETURN(Uuid after, PageStart(request->page_token()));
      ASSIGN_OR_RETURN(std::vector<Access> accesses,
                       parts_.store.ReadAccesses(connection, id, after, rows_max));
      for (const Access& one : accesses) ToProto(one, response->add_accesses());
      if (static_cast<int>(accesses.size()) == rows_max) {
        response->set_next_page_token(accesses.back().id.ToString());
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
