#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

// The rows go first and the key last: a crash in between is healed by asking again, and until then
// nothing that could be opened leads to the person.
grpc::ServerUnaryReactor* RegistryService::EraseSubject(grpc::CallbackServerContext* context,
                                                        const v1::EraseSubjectRequest* request,
                                                        v1::EraseSubjectResponse* response) {
  return rpc::Unary(erase_subject_, context, [&](rpc::Call& call) {
    rpc::OnWorkers(parts_.workers, call, [this, &call, request, response]() -> absl::Status {
      ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
      ASSIGN_OR_RETURN(SubjectId subject, rpc::ParseSubjectId(request->subject_id()));
      options.conflict_keys = {"subject/" + subject.ToString()};
      ASSIGN_OR_RETURN(
          journal::Committed committed,
          parts_.journal.SubmitAndWait(operations_.erase_subject,
                                       varsam::registry::EraseSubject{subject, request->case_id()},
                                       std::move(options)));
      RETURN_IF_ERROR(identity_.Shred(subject));
      response->ParseFromString(committed.response);
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
