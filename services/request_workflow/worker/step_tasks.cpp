// Steps that make tasks: one for every system of the policy, none left out.
#include <set>

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
  // The registry forgets the person with the rest: whom to tell has to be known before.
  ASSIGN_OR_RETURN(const std::vector<std::string> recipients, Recipients(*c.subject));
  return Write(c, [plan, tasks, identifiers, recipients, horizon = response.backup_clear_by()](
                      CaseFile& file, absl::Time, Changes& out) {
    file.c.plan = plan;
    file.c.recipients = recipients;
    file.c.backup_clear_by = horizon;
    file.tasks.insert(file.tasks.end(), tasks.begin(), tasks.end());
    out.tasks = tasks;
    out.texts.push_back(identifiers);
    return absl::OkStatus();
  });
}

// Those to whom the data was really disclosed, each once.
absl::StatusOr<std::vector<std::string>> CaseSteps::Recipients(SubjectId subject) {
  ASSIGN_OR_RETURN(const auto disclosures, peers_.Disclosures(subject));
  std::set<std::string> distinct;
  for (const registry::v1::Disclosure& one : disclosures) distinct.insert(one.recipient());
  return std::vector<std::string>(distinct.begin(), distinct.end());
}

absl::Status CaseSteps::ActTasks(const Case& c) {
  ASSIGN_OR_RETURN(const auto policy, Policy());
  ASSIGN_OR_RETURN(const std::vector<ServedSystem> served, Served());
  ASSIGN_OR_RETURN(const registry::v1::Subject subject,
                   peers_.Subject(*c.subject, "case " + c.id.ToString()));
  ASSIGN_OR_RETURN(SealedText identifiers, SealIdentifiers(c, subject));
  ASSIGN_OR_RETURN(const std::vector<std::string> recipients, Recipients(*c.subject));
  const bool restrict = c.right == Right::kRestriction;
  const std::string ground = c.restriction_ground.empty() ? "accuracy" : c.restriction_ground;
  std::vector<Task> tasks;
  for (const PolicySystem& system : policy->systems) {
    Task task =
        NewTask(c, system.id, restrict ? TaskAction::kRestrict : TaskAction::kRectify, served);
    if (restrict) task.order.ground = ground;
    tasks.push_back(std::move(task));
  }
  const auto deed = [tasks, identifiers, recipients, restrict, ground](
                        CaseFile& file, absl::Time now, Changes& out) {
    file.tasks.insert(file.tasks.end(), tasks.begin(), tasks.end());
    file.c.recipients = recipients;
    out.tasks = tasks;
    out.texts.push_back(identifiers);
    if (restrict) {
      file.c.restriction_ground = ground;
      file.c.restricted_at = now;
      out.notes.push_back(NoteRestrictionChanged{*file.c.subject, file.c.id, ground, now, {}});
    }
    return absl::OkStatus();
  };
  return Write(c, deed);
}

absl::Status CaseSteps::NotifyRecipients(const Case& c) {
  std::vector<Task> tasks;
  const auto add = [&](TaskAction action, const char* ground, std::string recipient) {
    Task task = NewTask(c, kRecipientsSystem, action, {});
    task.manual = true;
    task.order.ground = ground;
    task.order.recipient = std::move(recipient);
    tasks.push_back(std::move(task));
  };
  for (const std::string& recipient : c.recipients) {
    add(TaskAction::kNotifyRecipient, "ART_19", recipient);
  }
  for (int32_t i = 1; c.right == Right::kErasure && i <= c.published; ++i) {
    const std::string page = "page " + std::to_string(i);
    add(TaskAction::kTakeDown, "ART_17_2", page);
    add(TaskAction::kNotifyRecipient, "ART_17_2", page);
  }
  return Write(c, [tasks](CaseFile& file, absl::Time, Changes& out) {
    file.tasks.insert(file.tasks.end(), tasks.begin(), tasks.end());
    out.tasks = tasks;
    return absl::OkStatus();
  });
}

// The notice was ordered with the lifting. While it has not gone out, nothing is lifted.
absl::Status CaseSteps::LiftRestriction(const Case& c) {
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(const bool told, parts_.store.ReadLetterSent(*lease, c.id, "lifting"));
    if (!told) return absl::UnavailableError("the notice has not gone out");
  }
  ASSIGN_OR_RETURN(const auto policy, Policy());
  ASSIGN_OR_RETURN(const std::vector<ServedSystem> served, Served());
  std::vector<Task> tasks;
  for (const PolicySystem& system : policy->systems) {
    tasks.push_back(NewTask(c, system.id, TaskAction::kLiftRestriction, served));
  }
  return Write(c, [tasks](CaseFile& file, absl::Time now, Changes& out) {
    Case& lifted = file.c;
    out.tasks = tasks;
    out.notes.push_back(NoteRestrictionChanged{*lifted.subject, lifted.id,
                                               lifted.restriction_ground,
                                               lifted.restricted_at.value_or(now), now});
    out.events.push_back(
        {lifted.id, now, "restriction_lifted", lifted.state, "service", lifted.lift_reason});
    lifted.restricted_at.reset();
    lifted.lift_at.reset();
    return absl::OkStatus();
  });
}

}  // namespace varsam::requests
