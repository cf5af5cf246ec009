#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::ResolveSubject(grpc::CallbackServerContext* context,
                                                          const v1::ResolveSubjectRequest* request,
                                                          v1::ResolveSubjectResponse* response) {
  return rpc::Unary(resolve_subject_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      if (request->identifiers().empty() || request->identifiers_size() > kResolveIdentifiersMax) {
        return InvalidField("identifiers", absl::StrCat(request->identifiers_size(), ", want 1..",
                                                        kResolveIdentifiersMax));
      }
      if (request->reason().empty()) return InvalidField("reason", "empty, want why you look");
      ASSIGN_OR_RETURN(std::vector<IdentifierKey> keys,
                       identity_.Keys(request->identifiers(), "identifiers"));
      ASSIGN_OR_RETURN(std::vector<SubjectId> owners, parts_.store.ReadOwners(connection, keys));
      std::set<SubjectId> found;
      for (const SubjectId& owner : owners) {
        if (!owner.IsNil() && found.insert(owner).second) {
          response->add_subject_ids(owner.ToString());
        }
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
