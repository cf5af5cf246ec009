// Tasks as connectors see them; plans and holds as retention says them; the policy as the registry
// says it.
#include <algorithm>
#include <set>

#include "services/request_workflow/rpc/convert.h"

namespace varsam::requests {
namespace {

void AddItems(const std::vector<EraseItem>& items,
              google::protobuf::RepeatedPtrField<cv1::EraseItem>* out) {
  for (const EraseItem& item : items) {
    cv1::EraseItem* const added = out->Add();
    added->set_id(item.id);
    added->set_data_category(item.data_category);
    added->set_record_key(item.record_key);
    added->set_method(item.method);
  }
}

void AddKeep(const std::vector<KeepItem>& keep,
             google::protobuf::RepeatedPtrField<cv1::KeepItem>* out) {
  for (const KeepItem& item : keep) {
    cv1::KeepItem* const added = out->Add();
    added->set_data_category(item.data_category);
    added->set_record_key(item.record_key);
    added->set_reference(item.reference);
    added->set_keep_until(item.keep_until);
  }
}

void SetAction(const Task& task, const cv1::RectifyAction& changes, cv1::LeasedTask* lease) {
  switch (task.action) {
    case TaskAction::kExport:
      for (const std::string& category : task.order.data_categories) {
        lease->mutable_export_data()->add_data_categories(category);
      }
      lease->mutable_export_data();
      return;
    case TaskAction::kRectify:
      *lease->mutable_rectify() = changes;
      return;
    case TaskAction::kRestrict:
      lease->mutable_restrict()->set_ground(task.order.ground);
      return;
    case TaskAction::kLiftRestriction:
      lease->mutable_lift_restriction();
      return;
    case TaskAction::kStopProcessing:
      lease->mutable_stop_processing();
      return;
    case TaskAction::kErase:
      AddItems(task.order.items, lease->mutable_erase()->mutable_items());
      AddKeep(task.order.keep, lease->mutable_erase()->mutable_keep());
      return;
    case TaskAction::kVerify:
      AddItems(task.order.items, lease->mutable_verify()->mutable_erased());
      AddKeep(task.order.keep, lease->mutable_verify()->mutable_kept());
      *lease->mutable_verify()->mutable_changed() = changes.changes();
      return;
    case TaskAction::kNotifyRecipient:
    case TaskAction::kTakeDown:
      return;  // for people only; never leased
  }
}

std::string BasisName(registry::v1::LegalBasis basis) {
  switch (basis) {
    case registry::v1::LEGAL_BASIS_CONSENT:
      return "consent";
    case registry::v1::LEGAL_BASIS_CONTRACT:
      return "contract";
    case registry::v1::LEGAL_BASIS_LEGAL_OBLIGATION:
      return "legal_obligation";
    case registry::v1::LEGAL_BASIS_LEGITIMATE_INTEREST:
      return "legitimate_interest";
    case registry::v1::LEGAL_BASIS_STRICTLY_NECESSARY:
      return "strictly_necessary";
    default:
      return "";
  }
}

// Own categories, and of the systems it inherits from those it names (all, when it names none).
std::vector<std::string> CategoriesOf(const registry::v1::System& system,
                                      const registry::v1::PolicyModel& model) {
  std::set<std::string> all(system.own_categories().begin(), system.own_categories().end());
  all.insert(system.inherited_categories().begin(), system.inherited_categories().end());
  if (system.inherited_categories().empty()) {
    for (const std::string& parent : system.inherits()) {
      for (const registry::v1::System& other : model.systems()) {
        if (other.id() != parent) continue;
        all.insert(other.own_categories().begin(), other.own_categories().end());
      }
    }
  }
  return {all.begin(), all.end()};
}

// What only a profiling purpose (one with topics) uses is a conclusion, neither provided nor
// observed.
std::set<std::string> InferredIn(const std::vector<PolicyPurpose>& purposes) {
  std::set<std::string> inferred;
  for (const PolicyPurpose& purpose : purposes) {
    if (!purpose.topics.empty()) {
      inferred.insert(purpose.categories.begin(), purpose.categories.end());
    }
  }
  for (const PolicyPurpose& purpose : purposes) {
    if (!purpose.topics.empty()) continue;
    for (const std::string& category : purpose.categories) inferred.erase(category);
  }
  return inferred;
}

PolicyPurpose PurposeOf(const registry::v1::Purpose& purpose) {
  PolicyPurpose out;
  out.id = purpose.id();
  out.label = purpose.label();
  out.basis = BasisName(purpose.basis());
  out.direct_marketing = purpose.direct_marketing();
  out.categories.assign(purpose.data_categories().begin(), purpose.data_categories().end());
  out.topics.assign(purpose.topics().begin(), purpose.topics().end());
  return out;
}

}  // namespace

cv1::LeasedTask ToLeasedTask(const Task& task, const cv1::TaskSubject& subject,
                             const cv1::RectifyAction& changes) {
  cv1::LeasedTask lease;
  lease.set_task_id(task.id.ToString());
  lease.set_system(task.system);
  lease.set_attempt(static_cast<uint32_t>(task.attempts));
  lease.set_fence(static_cast<uint64_t>(task.fence));
  if (task.lease_until) *lease.mutable_lease_until() = ToProto(*task.lease_until);
  if (task.due_date) lease.set_due_date(task.due_date->ToString());
  *lease.mutable_subject() = subject;
  SetAction(task, changes, &lease);
  return lease;
}

cv1::TaskSubject OnlyTypes(const cv1::TaskSubject& subject, const std::vector<int32_t>& types) {
  cv1::TaskSubject out;
  for (const common::v1::Identifier& identifier : subject.identifiers()) {
    const bool known = std::find(types.begin(), types.end(), identifier.type()) != types.end();
    if (types.empty() || known) *out.add_identifiers() = identifier;
  }
  return out;
}

PlannedErasure PlanFrom(const retention::v1::ErasureDecision& decision, std::string item_id) {
  PlannedErasure plan;
  plan.item_id = std::move(item_id);
  plan.system = decision.system();
  plan.record_key = decision.record_key();
  plan.data_category = decision.data_category();
  plan.erase = decision.erase();
  plan.method = decision.method();
  plan.keep_until = decision.keep_until();
  plan.code = decision.code();
  plan.reference = decision.reference();
  return plan;
}

Hold HoldFrom(const retention::v1::Hold& hold) {
  Hold out;
  out.id = Uuid::Parse(hold.id()).value_or(Uuid{});
  out.subject_ids.assign(hold.scope().subject_ids().begin(), hold.scope().subject_ids().end());
  out.systems.assign(hold.scope().systems().begin(), hold.scope().systems().end());
  out.data_categories.assign(hold.scope().data_categories().begin(),
                             hold.scope().data_categories().end());
  out.released = hold.has_released_at();
  return out;
}

PolicyView ViewOf(const registry::v1::PolicyModel& model) {
  PolicyView view;
  view.version = model.document().version();
  view.controller = model.controller().name();
  view.controller_address = model.controller().address();
  view.contact = model.controller().contact();
  view.data_protection_officer = model.controller().data_protection_officer();
  view.authority = model.controller().supervisory_authority();
  for (const registry::v1::System& system : model.systems()) {
    view.systems.push_back({system.id(),
                            system.label(),
                            CategoriesOf(system, model),
                            {system.purposes().begin(), system.purposes().end()},
                            system.processor()});
  }
  for (const auto& purpose : model.purposes()) view.purposes.push_back(PurposeOf(purpose));
  view.inferred = InferredIn(view.purposes);
  for (const registry::v1::Processor& processor : model.processors()) {
    view.recipients.push_back(
        {processor.id(), processor.name(), processor.purpose(), processor.transfer()});
  }
  for (const registry::v1::DataCategory& category : model.data_categories()) {
    view.category_labels[category.id()] = category.label();
    const bool strong = category.sensitivity() == registry::v1::SENSITIVITY_LOCATION ||
                        category.sensitivity() == registry::v1::SENSITIVITY_NATIONAL_ID;
    if (strong) view.strong_categories.push_back(category.id());
  }
  for (const registry::v1::Source& source : model.sources()) {
    view.source_labels[source.id()] = source.label();
  }
  return view;
}

}  // namespace varsam::requests
