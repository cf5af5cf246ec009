#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::ListDisclosures(
    grpc::CallbackServerContext* context, const v1::ListDisclosuresRequest* request,
    v1::ListDisclosuresResponse* response) {
  return rpc::Unary(list_disclosures_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(SubjectId id, rpc::ParseSubjectId(request->subject_id()));
      ASSIGN_OR_RETURN(int rows_max, PageRows(request->page_size()));
      ASSIGN_OR_RETURN(Uuid after, PageStart(request->page_token()));
      ASSIGN_OR_RETURN(std::vector<Disclosure> disclosures,
                       parts_.store.ReadDisclosures(connection, id, after, rows_max));
      for (const Disclosure& one : disclosures) ToProto(one, response->add_disclosures());
      if (static_cast<int>(disclosures.size()) == rows_max) {
        response->set_next_page_token(disclosures.back().id.ToString());
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
