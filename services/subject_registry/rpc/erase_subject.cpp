#include "services/subject_registry/rpc/registry_service.h"
#include "varsam/registry/v1/registry_entry.pb.h"

namespace varsam::registry {
namespace {

constexpr absl::Duration kReplayMax = absl::Seconds(30);

}  // namespace

// The rows go first and the keys last: a crash in between is healed by asking again, and until then
// nothing that could be opened leads to the person. Who was merged away is erased as the survivor.
absl::StatusOr<journal::Committed> RegistryService::Erase(varsam::registry::EraseSubject ask,
                                                          journal::SubmitOptions options) {
  const absl::Duration wait = options.time_left;
  {
    ASSIGN_OR_RETURN(const auto connection, parts_.pool.Acquire(wait));
    ASSIGN_OR_RETURN(const auto found, parts_.store.ReadSubject(*connection, ask.subject));
    if (found && found->merged_into) ask.subject = *found->merged_into;
  }
  options.conflict_keys = {"subject/" + ask.subject.ToString()};
  ASSIGN_OR_RETURN(
      journal::Committed committed,
      parts_.journal.SubmitAndWait(operations_.erase_subject, ask, std::move(options)));
  std::vector<SubjectId> people;  // read now: nobody is merged into the erased
  {
    ASSIGN_OR_RETURN(const auto connection, parts_.pool.Acquire(wait));
    ASSIGN_OR_RETURN(people, parts_.store.ReadMerged(*connection, ask.subject));
  }
  people.push_back(ask.subject);
  for (const SubjectId& one : people) RETURN_IF_ERROR(identity_.Shred(one));
  return committed;
}

grpc::ServerUnaryReactor* RegistryService::EraseSubject(grpc::CallbackServerContext* context,
                                                        const v1::EraseSubjectRequest* request,
                                                        v1::EraseSubjectResponse* response) {
  return rpc::Unary(erase_subject_, context, [&](rpc::Call& call) {
    rpc::OnWorkers(parts_.workers, call, [this, &call, request, response]() -> absl::Status {
      ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
      ASSIGN_OR_RETURN(SubjectId subject, rpc::ParseSubjectId(request->subject_id()));
      ASSIGN_OR_RETURN(journal::Committed committed,
                       Erase({subject, request->case_id()}, std::move(options)));
      response->ParseFromString(committed.response);
      return absl::OkStatus();
    });
  });
}

absl::StatusOr<host::Replayed> RegistryService::ReplayErasure(const ledger::ListedEntry& entry) {
  v1::RegistryEntry payload;
  if (!payload.ParseFromString(entry.payload) || !payload.has_subject_erased()) {
    return host::Replayed::kPresent;
  }
  ASSIGN_OR_RETURN(SubjectId subject, rpc::ParseSubjectId(payload.subject_erased().subject_id()));
  const absl::StatusOr<journal::Committed> committed =
      Erase({subject, payload.subject_erased().case_id()}, {.time_left = kReplayMax});
  if (absl::IsNotFound(committed.status())) {
    // Known to the keys all the same, when their backup is newer than that of the rows.
    RETURN_IF_ERROR(identity_.Shred(subject));
    return host::Replayed::kAbsent;
  }
  RETURN_IF_ERROR(committed.status());
  return committed->entry_count > 0 ? host::Replayed::kDone : host::Replayed::kPresent;
}

}  // namespace varsam::registry
