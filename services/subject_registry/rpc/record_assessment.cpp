#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::RecordAssessment(
    grpc::CallbackServerContext* context, const v1::RecordAssessmentRequest* request,
    v1::RecordAssessmentResponse* response) {
  return rpc::Unary(record_assessment_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    absl::StatusOr<Assessment> assessment = FromProto(request->assessment());
    if (!assessment.ok()) return call.Finish(assessment.status());
    options->conflict_keys = {"assessment/" + assessment->id};
    parts_.journal.Submit(operations_.record_assessment,
                          varsam::registry::RecordAssessment{*std::move(assessment)},
                          *std::move(options), rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::registry
