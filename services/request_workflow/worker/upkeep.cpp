#include "services/request_workflow/worker/upkeep.h"

#include "libs/base/status_macros.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/domain/task_decisions.h"
#include "services/request_workflow/flow/task_access.h"

namespace varsam::requests {

absl::StatusOr<bool> Upkeep::Tick() {
  std::vector<TaskId> lapsed;
  std::vector<CaseId> families;
  std::vector<Package> expired;
  {
    const absl::Time now = parts_.clock.Now();
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(lapsed, parts_.store.ReadLapsed(*lease, now));
    ASSIGN_OR_RETURN(families, parts_.store.ReadSplitDone(*lease));
    ASSIGN_OR_RETURN(expired, parts_.store.ReadExpiredPackages(*lease, now));
  }
  for (const TaskId& id : lapsed) RETURN_IF_ERROR(Lapse(id));
  for (const CaseId& id : families) RETURN_IF_ERROR(EndFamily(id));
  for (const Package& package : expired) RETURN_IF_ERROR(DropPackage(package));
  return lapsed.size() == static_cast<size_t>(kWorkerBatchMax);
}

absl::Status Upkeep::Lapse(TaskId id) {
  ASSIGN_OR_RETURN(const Task task, ReadTask(parts_, id));
  WriteAsk write;
  write.want.task_id = id;
  write.decide = [](const Facts& facts, const journal::Frozen& frozen) {
    return absl::StatusOr<Changes>(DecideLapse(*facts.task, frozen.now));
  };
  journal::SubmitOptions options;
  options.conflict_keys = TaskKeys(task);
  return parts_.writer.Write(std::move(write), std::move(options)).status();
}

absl::Status Upkeep::EndFamily(CaseId id) {
  WriteAsk write;
  write.want.case_id = id;
  write.decide = [](const Facts& facts, const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    ASSIGN_OR_RETURN(CaseFile file, FileOf(facts));
    Changes changes;
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kChildrenEnded, "service", ""}, frozen.now, changes));
    Settle(file, frozen.now, changes);
    return changes;
  };
  return parts_.writer.Write(std::move(write), "case/" + id.ToString()).status();
}

// The rows go first and the key last: whatever a backup still holds can then be opened by nobody.
absl::Status Upkeep::DropPackage(const Package& package) {
  WriteAsk write;
  write.want.case_id = package.case_id;
  write.decide = [id = package.id](const Facts& facts,
                                   const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    ASSIGN_OR_RETURN(CaseFile file, FileOf(facts));
    Changes changes;
    if (!facts.package || facts.package->id != id) return changes;
    changes.dropped_packages.push_back(file.c.id);
    file.c.package_ready = false;
    changes.events.push_back(
        {file.c.id, frozen.now, "package_destroyed", file.c.state, "service", ""});
    Settle(file, frozen.now, changes);
    return changes;
  };
  RETURN_IF_ERROR(
      parts_.writer.Write(std::move(write), "case/" + package.case_id.ToString()).status());
  return parts_.texts.DestroyKey(package.id, parts_.clock.Now());
}

}  // namespace varsam::requests
