#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

// The rows go first and the keys last: a crash in between is healed by asking again, and until then
// nothing that could be opened leads to the person. Who was merged away is erased as the survivor.
absl::Status RegistryService::Erase(rpc::Call& call, const v1::EraseSubjectRequest& request,
                                    v1::EraseSubjectResponse& response) {
  ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, request));
  ASSIGN_OR_RETURN(SubjectId subject, rpc::ParseSubjectId(request.subject_id()));
  {
    ASSIGN_OR_RETURN(const auto connection, parts_.pool.Acquire(rpc::TimeLeft(call)));
    ASSIGN_OR_RETURN(const auto found, parts_.store.ReadSubject(*connection, subject));
    if (found && found->merged_into) subject = *found->merged_into;
  }
  options.conflict_keys = {"subject/" + subject.ToString()};
  ASSIGN_OR_RETURN(
      journal::Committed committed,
      parts_.journal.SubmitAndWait(operations_.erase_subject,
                                   varsam::registry::EraseSubject{subject, request.case_id()},
                                   std::move(options)));
  std::vector<SubjectId> people;  // read now: nobody is merged into the erased
  {
    ASSIGN_OR_RETURN(const auto connection, parts_.pool.Acquire(rpc::TimeLeft(call)));
    ASSIGN_OR_RETURN(people, parts_.store.ReadMerged(*connection, subject));
  }
  people.push_back(subject);
  for (const SubjectId& one : people) RETURN_IF_ERROR(identity_.Shred(one));
  response.ParseFromString(committed.response);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* RegistryService::EraseSubject(grpc::CallbackServerContext* context,
                                                        const v1::EraseSubjectRequest* request,
                                                        v1::EraseSubjectResponse* response) {
  return rpc::Unary(erase_subject_, context, [&](rpc::Call& call) {
    rpc::OnWorkers(parts_.workers, call, [this, &call, request, response]() -> absl::Status {
      return Erase(call, *request, *response);
    });
  });
}

}  // namespace varsam::registry
