// The registry's RPCs; each stands in a file of its own name. Writes go through the journal, reads
// take a connection on the worker pool.
#pragma once

#include "libs/base/clock.h"
#include "libs/host/restore.h"
#include "libs/journal/journal.h"
#include "libs/pg/pool.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/shell.h"
#include "libs/rpc/worker_pool.h"
#include "libs/rpc/write.h"
#include "libs/vault/vault.h"
#include "services/subject_registry/rpc/convert_identity.h"
#include "services/subject_registry/rpc/operations.h"
#include "varsam/registry/v1/registry_service.grpc.pb.h"

namespace varsam::registry {

inline constexpr int kImportRowsMax = 1000;
inline constexpr int kResolveIdentifiersMax = 100;

// Who may call what; deny by default.
rpc::AccessTable RegistryAccess();

// What the shells stand on; all of it outlives the service.
struct ServiceParts {
  RegistryStore& store;
  journal::Journal& journal;
  pg::Pool& pool;
  rpc::WorkerPool& workers;
  vault::Vault& vault;
  const Clock& clock;
  rpc::Admission& admission;
};

class RegistryService final : public v1::RegistryService::CallbackService {
 public:
  explicit RegistryService(const ServiceParts& parts);

#define VARSAM_RPC(Name)                                                                         \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context,                           \
                                 const v1::Name##Request* request, v1::Name##Response* response) \
      override
  VARSAM_RPC(ApplyPolicy);
  VARSAM_RPC(DiffPolicy);
  VARSAM_RPC(GetPolicy);
  VARSAM_RPC(ListPurposes);
  VARSAM_RPC(ListSystems);
  VARSAM_RPC(ListProcessors);
  VARSAM_RPC(RecordProcessorAgreement);
  VARSAM_RPC(RecordAssessment);
  VARSAM_RPC(ListAssessments);
  VARSAM_RPC(PublishNotice);
  VARSAM_RPC(ListNotices);
  VARSAM_RPC(GetRecordOfProcessing);
  VARSAM_RPC(RegisterSubject);
  VARSAM_RPC(ImportSubjects);
  VARSAM_RPC(ResolveSubject);
  VARSAM_RPC(GetSubject);
  VARSAM_RPC(UpdateSubject);
  VARSAM_RPC(RecordRelationship);
  VARSAM_RPC(MergeSubjects);
  VARSAM_RPC(ListSources);
  VARSAM_RPC(RecordDisclosure);
  VARSAM_RPC(ListDisclosures);
  VARSAM_RPC(ListAccesses);
  VARSAM_RPC(ListContactPoints);
  VARSAM_RPC(EraseSubject);
#undef VARSAM_RPC

  // A subject_erased of the replay list: the person goes again, rows and key.
  absl::StatusOr<host::Replayed> ReplayErasure(const ledger::ListedEntry& entry);

 private:
  rpc::Method& Method(const char* rpc) { return parts_.admission.For<v1::RegistryService>(rpc); }
  // Runs a read on the worker pool with a connection that waits no longer than the caller.
  template <typename Body>
  void Read(rpc::Call& call, Body body);
  // The policy in force, or FAILED_PRECONDITION POLICY_MISSING.
  absl::StatusOr<PolicyText> CurrentPolicy(pg::Connection& connection);
  // A person who can be read, opened; NOT_FOUND SUBJECT_UNKNOWN.
  absl::StatusOr<Subject> LivingSubject(pg::Connection& connection, const SubjectId& id);
  // Erases a person, and all who were merged into them: rows first, the keys last.
  absl::StatusOr<journal::Committed> Erase(varsam::registry::EraseSubject ask,
                                           journal::SubmitOptions options);
  // Writes the look down; nothing is handed out before it is durable.
  absl::Status LogAccess(rpc::Call& call, const SubjectId& subject, const std::string& operation,
                         const std::string& purpose);

  ServiceParts parts_;
  Operations operations_;
  IdentityBorder identity_;
  rpc::Method &apply_policy_, &diff_policy_, &get_policy_, &list_purposes_, &list_systems_,
      &list_processors_, &record_processor_agreement_, &record_assessment_, &list_assessments_,
      &publish_notice_, &list_notices_, &get_record_of_processing_, &register_subject_,
      &import_subjects_, &resolve_subject_, &get_subject_, &update_subject_, &record_relationship_,
      &merge_subjects_, &list_sources_, &record_disclosure_, &list_disclosures_, &list_accesses_,
      &list_contact_points_, &erase_subject_;
};

template <typename Body>
void RegistryService::Read(rpc::Call& call, Body body) {
  rpc::OnWorkers(parts_.workers, call, [this, &call, body = std::move(body)]() -> absl::Status {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(rpc::TimeLeft(call)));
    return body(*lease);
  });
}

// "page_size: 0..500"; 0 is the default.
absl::StatusOr<int> PageRows(int page_size);
// Tokens are the last row's id.
absl::StatusOr<Uuid> PageStart(const std::string& page_token);

}  // namespace varsam::registry
