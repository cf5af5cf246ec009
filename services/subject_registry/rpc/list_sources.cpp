#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::ListSources(grpc::CallbackServerContext* context,
                                                       const v1::ListSourcesRequest* request,
                                                       v1::ListSourcesResponse* response) {
  return rpc::Unary(list_sources_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(SubjectId id, rpc::ParseSubjectId(request->subject_id()));
      ASSIGN_OR_RETURN(Subject subject, LivingSubject(connection, id));
      for (const SubjectSource& one : subject.sources) ToProto(one, response->add_sources());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
