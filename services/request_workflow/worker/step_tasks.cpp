// Steps that make tasks: one for every system of the policy, none left out.
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/request_workflow/worker/case_steps.h"

namespace varsam::requests {
namespace {

void Order(const Case& c, const std::string& system, const std::vector<PlannedErasure>& plan,
           TaskOrder& order) {
  for (const PlannedErasure& one : plan) {
    if (one.system != system) continue;
    if (one.erase) {
      order.items.push_back({one.item_id, one.data_category, one.record_key, one.method});
    } else {
      order.keep.push_back({one.data_category, one.record_key, one.reference, one.keep_until});
    }
  }
}

}  // namespace

absl::Status CaseSteps::Search(const Case& c) {
  ASSIGN_OR_RETURN(const auto policy, Policy());
  ASSIGN_OR_RETURN(const std::vector<ServedSystem> served, Served());
  ASSIGN_OR_RETURN(const registry::v1::Subject subject,
                   peers_.Subject(*c.subject, "case " + c.id.ToString()));
  ASSIGN_OR_RETURN(SealedText identifiers, SealIdentifiers(c, subject));
  std::vector<Task> tasks;
  for (const PolicySystem& system : policy->systems) {
    Task task = NewTask(c, system.id, TaskAction::kExport, served);
    task.order.data_categories = system.categories;
    tasks.push_back(std::move(task));
  }
  return Write(c, [tasks, identifiers](CaseFile& file, absl::Time, Changes& out) {
    file.tasks.insert(file.tasks.end(), tasks.begin(), tasks.end());
    out.tasks = tasks;
    out.texts.push_back(identifiers);
    return absl::OkStatus();
  });
}

absl::Status CaseSteps::PlanErasure(const Case& c) {
  ASSIGN_OR_RETURN(const auto policy, Policy());
  ASSIGN_OR_RETURN(const std::vector<ServedSystem> served, Served());
  ASSIGN_OR_RETURN(const registry::v1::Subject subject,
                   peers_.Subject(*c.subject, "case " + c.id.ToString()));
  ASSIGN_OR_RETURN(SealedText identifiers, SealIdentifiers(c, subject));
  ASSIGN_OR_RETURN(const auto response,
                   peers_.PlanErasure(*c.subject, c.id, c.granted_at.value_or(parts_.clock.Now())));
  std::vector<PlannedErasure> plan;
  for (const retention::v1::ErasureDecision& decision : response.decisions()) {
    plan.push_back(PlanFrom(decision, std::to_string(plan.size() + 1)));
  }
  std::vector<Task> tasks;
  for (const PolicySystem& system : policy->systems) {
    Task task = NewTask(c, system.id, TaskAction::kErase, served);
    Order(c, system.id, plan, task.order);
    tasks.push_back(std::move(task));
  }
  return Write(c, [plan, tasks, identifiers, horizon = response.backup_clear_by()](
                      CaseFile& file, absl::Time, Changes& out) {
    file.c.plan = plan;
    file.c.backup_clear_by = horizon;
    file.tasks.insert(file.tasks.end(), tasks.begin(), tasks.end());
    out.tasks = tasks;
    out.texts.push_back(identifiers);
    return absl::OkStatus();
  });
}

absl::Status CaseSteps::ActTasks(const Case& c) {
  ASSIGN_OR_RETURN(const auto policy, Policy());
  ASSIGN_OR_RETURN(const std::vector<ServedSystem> served, Served());
  ASSIGN_OR_RETURN(const registry::v1::Subject subject,
                   peers_.Subject(*c.subject, "case " + c.id.ToString()));
  ASSIGN_OR_RETURN(SealedText identifiers, SealIdentifiers(c, subject));
  const bool restrict = c.right == Right::kRestriction;
  std::vector<Task> tasks;
  for (const PolicySystem& system : policy->systems) {
    Task task =
        NewTask(c, system.id, restrict ? TaskAction::kRestrict : TaskAction::kRectify, served);
    if (restrict) task.order.ground = "accuracy";
    tasks.push_back(std::move(task));
  }
  return Write(c, [tasks, identifiers, restrict](CaseFile& file, absl::Time now, Changes& out) {
    file.tasks.insert(file.tasks.end(), tasks.begin(), tasks.end());
    out.tasks = tasks;
    out.texts.push_back(identifiers);
    if (restrict) {
      out.notes.push_back(NoteRestrictionChanged{*file.c.subject, file.c.id, "accuracy", now});
    }
    return absl::OkStatus();
  });
}

}  // namespace varsam::requests
