#include "services/subject_registry/rpc/registry_service.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace varsam::registry {

rpc::AccessTable RegistryAccess() {
  rpc::AccessTable access;
  const auto allow = [&](const char* rpc, std::vector<std::string> peers) {
    access.Allow<v1::RegistryService>(rpc, std::move(peers));
  };
  for (const char* rpc :
       {"ApplyPolicy", "DiffPolicy", "RecordProcessorAgreement", "RecordAssessment",
        "ListAssessments", "PublishNotice", "UpdateSubject", "RecordRelationship", "MergeSubjects",
        "RecordDisclosure", "ListAccesses", "RegisterSubject"}) {
    allow(rpc, {"gateway"});
  }
  for (const char* rpc : {"GetPolicy", "ListPurposes", "ListSystems", "ListProcessors",
                          "ListNotices", "GetRecordOfProcessing"}) {
    allow(rpc, {"gateway", "request-workflow", "connector-*"});
  }
  for (const char* rpc : {"ImportSubjects", "ResolveSubject"}) {
    allow(rpc, {"gateway", "request-workflow", "connector-*"});
  }
  for (const char* rpc : {"GetSubject", "ListSources", "ListDisclosures"}) {
    allow(rpc, {"gateway", "request-workflow"});
  }
  for (const char* rpc : {"ListContactPoints", "EraseSubject"}) {
    allow(rpc, {"request-workflow"});
  }
  return access;
}

RegistryService::RegistryService(const ServiceParts& parts)
    : parts_(parts),
      operations_(parts.store),
      identity_(parts.vault, parts.clock),
      apply_policy_(Method("ApplyPolicy")),
      diff_policy_(Method("DiffPolicy")),
      get_policy_(Method("GetPolicy")),
      list_purposes_(Method("ListPurposes")),
      list_systems_(Method("ListSystems")),
      list_processors_(Method("ListProcessors")),
      record_processor_agreement_(Method("RecordProcessorAgreement")),
      record_assessment_(Method("RecordAssessment")),
      list_assessments_(Method("ListAssessments")),
      publish_notice_(Method("PublishNotice")),
      list_notices_(Method("ListNotices")),
      get_record_of_processing_(Method("GetRecordOfProcessing")),
      register_subject_(Method("RegisterSubject")),
      import_subjects_(Method("ImportSubjects")),
      resolve_subject_(Method("ResolveSubject")),
      get_subject_(Method("GetSubject")),
      update_subject_(Method("UpdateSubject")),
      record_relationship_(Method("RecordRelationship")),
      merge_subjects_(Method("MergeSubjects")),
      list_sources_(Method("ListSources")),
      record_disclosure_(Method("RecordDisclosure")),
      list_disclosures_(Method("ListDisclosures")),
      list_accesses_(Method("ListAccesses")),
      list_contact_points_(Method("ListContactPoints")),
      erase_subject_(Method("EraseSubject")) {}

absl::StatusOr<PolicyText> RegistryService::CurrentPolicy(pg::Connection& connection) {
  ASSIGN_OR_RETURN(std::optional<PolicyText> policy, parts_.store.ReadPolicy(connection, ""));
  if (policy) return *std::move(policy);
  return NeedsPolicy(nullptr);
}

absl::StatusOr<Subject> RegistryService::LivingSubject(pg::Connection& connection,
                                                       const SubjectId& id) {
  ASSIGN_OR_RETURN(std::optional<Subject> subject, parts_.store.ReadSubject(connection, id));
  RETURN_IF_ERROR(NeedsLiving(subject));
  return *std::move(subject);
}

absl::Status RegistryService::LogAccess(rpc::Call& call, const SubjectId& subject,
                                        const std::string& operation, const std::string& purpose) {
  const std::string actor = call.caller() != nullptr ? call.caller()->id : std::string(call.peer());
  return parts_.journal
      .SubmitAndWait(operations_.record_access, RecordAccess{subject, operation, purpose, actor},
                     {.time_left = rpc::TimeLeft(call)})
      .status();
}

absl::StatusOr<int> PageRows(int page_size) {
  if (page_size < 0 || page_size > kPageRowsMax) {
    return InvalidField("page_size", absl::StrCat(page_size, ", want 0..", kPageRowsMax));
  }
  return page_size == 0 ? kPageRowsDefault : page_size;
}

absl::StatusOr<Uuid> PageStart(const std::string& page_token) {
  if (page_token.empty()) return Uuid{};
  if (auto id = Uuid::Parse(page_token)) return *id;
  return InvalidField("page_token", "not a token of this list");
}

}  // namespace varsam::registry
