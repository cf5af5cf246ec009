#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::RecordProcessorAgreement(
    grpc::CallbackServerContext* context, const v1::RecordProcessorAgreementRequest* request,
    v1::RecordProcessorAgreementResponse* response) {
  return rpc::Unary(record_processor_agreement_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    absl::StatusOr<ProcessorAgreement> agreement = FromProto(request->agreement());
    if (!agreement.ok()) return call.Finish(agreement.status());
    options->conflict_keys = {"processor/" + agreement->processor};
    parts_.journal.Submit(operations_.record_processor_agreement,
                          varsam::registry::RecordProcessorAgreement{*std::move(agreement)},
                          *std::move(options), rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::registry
