#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::RecordRelationship(
    grpc::CallbackServerContext* context, const v1::RecordRelationshipRequest* request,
    v1::RecordRelationshipResponse* response) {
  return rpc::Unary(record_relationship_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    absl::StatusOr<SubjectId> subject = rpc::ParseSubjectId(request->subject_id());
    if (!subject.ok()) return call.Finish(subject.status());
    absl::StatusOr<Relationship> relationship = FromProto(request->relationship(), "relationship");
    if (!relationship.ok()) return call.Finish(relationship.status());
    options->conflict_keys = {"subject/" + subject->ToString()};
    parts_.journal.Submit(operations_.record_relationship,
                          varsam::registry::RecordRelationship{*subject, *std::move(relationship)},
                          *std::move(options), rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::registry
