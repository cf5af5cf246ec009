#include "libs/base/error.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::PlanErasure(
    grpc::CallbackServerContext* context, const v1::PlanErasureRequest* request,
    v1::PlanErasureResponse* response) {
  return rpc::Unary(plan_erasure_, context, [&](rpc::Call& call) {
    // The case is the request id: asked again it gives the same grant.
    absl::StatusOr<SubjectId> subject = rpc::ParseSubjectId(request->subject_id());
    if (!subject.ok()) return call.Finish(subject.status());
    if (request->case_id().empty() || request->case_id().size() > kNameBytesMax) {
      return call.Finish(InvalidField("case_id", "want 1..100 bytes"));
    }
    GrantErasure ask{*subject, request->case_id(), std::nullopt};
    if (request->has_granted_at()) {
      absl::StatusOr<absl::Time> at = FromProto(request->granted_at(), "granted_at");
      if (!at.ok()) return call.Finish(at.status());
      ask.granted_at = *at;
    }
    journal::SubmitOptions options;
    options.conflict_keys = {kRecordsKey};
    options.time_left = rpc::TimeLeft(call);
    parts_.journal.Submit(parts_.operations.grant_erasure, std::move(ask), std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::retention
