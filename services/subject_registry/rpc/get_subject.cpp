#include "libs/base/error.h"
#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::GetSubject(grpc::CallbackServerContext* context,
                                                      const v1::GetSubjectRequest* request,
                                                      v1::GetSubjectResponse* response) {
  return rpc::Unary(get_subject_, context, [&](rpc::Call& call) {
    Read(call, [this, &call, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(SubjectId id, rpc::ParseSubjectId(request->subject_id()));
      ASSIGN_OR_RETURN(std::optional<Subject> subject, parts_.store.ReadSubject(connection, id));
      if (!subject) return NeedsLiving(subject);
      RETURN_IF_ERROR(LogAccess(call, id, "GetSubject", request->reason()));
      ToProto(*subject, response->mutable_subject());
      if (subject->erased_at) return absl::OkStatus();
      return identity_.Open(*subject, response->mutable_subject());
    });
  });
}

}  // namespace varsam::registry
