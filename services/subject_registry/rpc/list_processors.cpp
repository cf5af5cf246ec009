#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::ListProcessors(grpc::CallbackServerContext* context,
                                                          const v1::ListProcessorsRequest* request,
                                                          v1::ListProcessorsResponse* response) {
  return rpc::Unary(list_processors_, context, [&](rpc::Call& call) {
    Read(call, [this, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(PolicyText policy, CurrentPolicy(connection));
      ASSIGN_OR_RETURN(std::vector<ProcessorAgreement> agreements,
                       parts_.store.ReadAgreements(connection));
      v1::PolicyModel model;
      ToProto(*policy.model, &model);
      for (v1::Processor& processor : *model.mutable_processors()) {
        v1::ProcessorView* view = response->add_processors();
        for (const ProcessorAgreement& agreement : agreements) {
          if (agreement.processor == processor.id()) {
            ToProto(agreement, view->mutable_agreement());
          }
        }
        view->mutable_processor()->Swap(&processor);
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
