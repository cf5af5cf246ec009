#include <set>

#include "absl/strings/str_cat.h"
#include "services/subject_registry/domain/effective_fields.h"
#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {
namespace {

bool Uses(const System& system, const PurposeId& purpose) {
  for (const PurposeId& one : system.purposes) {
    if (one == purpose) return true;
  }
  return false;
}

void AddSubjects(const PolicyModel& model, const System& system, v1::ProcessingActivity* row) {
  std::set<std::string> subjects;
  for (const Context& context : model.contexts) {
    for (const SystemId& one : context.systems) {
      if (one != system.id) continue;
      for (const SubjectCategoryId& subject : context.subjects) subjects.insert(subject.value());
    }
  }
  for (const std::string& subject : subjects) row->add_subject_categories(subject);
}

void AddPeriods(const PolicyModel& model, const System& system, const Purpose& purpose,
                v1::ProcessingActivity* row) {
  for (const RetentionRule& rule : model.retention_rules) {
    if (rule.system != system.id) continue;
    if (rule.purpose && *rule.purpose != purpose.id) continue;
    row->add_erasure_periods(absl::StrCat(rule.id.value(), ": ",
                                          rule.keep ? ToString(*rule.keep) : "indefinite",
                                          " after ", rule.clock, " (", rule.ref, ")"));
  }
}

// One row per system and purpose (Art. 30(1)(a)–(g)), generated and never edited.
void AddActivity(const PolicyModel& model, const System& system, const Purpose& purpose,
                 v1::ProcessingActivity* row) {
  row->set_id(absl::StrCat(system.id.value(), "/", purpose.id.value()));
  row->set_purpose(purpose.id.value());
  row->set_purpose_label(purpose.sv);
  row->set_system(system.id.value());
  if (purpose.basis) row->set_legal_basis(NameOf(*purpose.basis));
  AddSubjects(model, system, row);
  for (const EffectiveField& field : EffectiveFields(model, system.id)) {
    for (const DataCategoryId& data : purpose.data) {
      if (data == field.data) row->add_data_categories(data.value());
    }
  }
  if (system.processor) {
    row->add_recipients(system.processor->value());
    const Processor* processor = FindById(model.processors, *system.processor);
    if (processor != nullptr && processor->transfer_unanswered) row->set_transfer("unanswered");
  }
  AddPeriods(model, system, purpose, row);
  row->set_security_measures(absl::StrCat("storage: ", model.security.storage,
                                          "; access: ", model.security.access,
                                          "; backup: ", ToString(model.security.backup_every)));
  row->set_policy_version(model.policy.version);
}

}  // namespace

grpc::ServerUnaryReactor* RegistryService::GetRecordOfProcessing(
    grpc::CallbackServerContext* context, const v1::GetRecordOfProcessingRequest* request,
    v1::GetRecordOfProcessingResponse* response) {
  return rpc::Unary(get_record_of_processing_, context, [&](rpc::Call& call) {
    Read(call, [this, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(PolicyText policy, CurrentPolicy(connection));
      v1::PolicyModel model;
      ToProto(*policy.model, &model);
      response->mutable_controller()->Swap(model.mutable_controller());
      for (const System& system : policy.model->systems) {
        for (const Purpose& purpose : policy.model->purposes) {
          if (!Uses(system, purpose.id)) continue;
          AddActivity(*policy.model, system, purpose, response->add_activities());
        }
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
