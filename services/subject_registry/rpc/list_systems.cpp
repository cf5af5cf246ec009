#include "services/subject_registry/domain/effective_fields.h"
#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::ListSystems(grpc::CallbackServerContext* context,
                                                       const v1::ListSystemsRequest* request,
                                                       v1::ListSystemsResponse* response) {
  return rpc::Unary(list_systems_, context, [&](rpc::Call& call) {
    Read(call, [this, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(PolicyText policy, CurrentPolicy(connection));
      v1::PolicyModel model;
      ToProto(*policy.model, &model);
      for (v1::System& system : *model.mutable_systems()) {
        v1::SystemView* view = response->add_systems();
        for (const EffectiveField& field : EffectiveFields(*policy.model, SystemId(system.id()))) {
          v1::EffectiveCategory* category = view->add_effective_categories();
          category->set_data_category(field.data.value());
          category->set_origin_system(field.origin().value());
        }
        view->mutable_system()->Swap(&system);
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
