#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::MergeSubjects(grpc::CallbackServerContext* context,
                                                         const v1::MergeSubjectsRequest* request,
                                                         v1::MergeSubjectsResponse* response) {
  return rpc::Unary(merge_subjects_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    absl::StatusOr<SubjectId> survivor = rpc::ParseSubjectId(request->subject_id());
    if (!survivor.ok()) return call.Finish(survivor.status());
    absl::StatusOr<SubjectId> merged =
        rpc::ParseSubjectId(request->merged_subject_id(), "merged_subject_id");
    if (!merged.ok()) return call.Finish(merged.status());
    options->conflict_keys = {"subject/" + survivor->ToString(), "subject/" + merged->ToString()};
    parts_.journal.Submit(operations_.merge_subjects,
                          varsam::registry::MergeSubjects{*survivor, *merged}, *std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::registry
