// What the connector protocol decides: leases, renewals, reports. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/request_workflow/domain/changes.h"

namespace varsam::requests {

struct LeaseTasks {
  std::string peer;
  uint32_t tasks_max = 1;
  std::vector<std::string> systems;
};
// Grants what is offered and not held: each task once, to the first that serves its system. `reply`
// lists what was granted, a line each: the number of the ask from 0, a space, the task's id.
Changes DecideLeases(const std::vector<LeaseTasks>& asks, const std::vector<Task>& offered,
                     const std::vector<Hold>& holds, absl::Time now);

struct RenewLease {
  std::string peer;
  int64_t fence = 0;
};
// Also for Report: proof of life moves the end of the lease.
absl::StatusOr<Changes> Decide(const RenewLease& ask, Task task, absl::Time now);

struct FinishTask {
  Report report;
  std::string peer;   // connector-<name>; empty: a person
  std::string actor;  // for the history
  int64_t fence = 0;
  TaskId fresh_id;              // of a verify task that may follow
  std::string expected_sha256;  // of the bytes stored under this fence; empty: none
  bool has_evidence = false;    // by hand
  std::vector<Hold> holds;      // by hand: those that stand
};
// `file` is the case of the task; nullopt for a task of a disposal run. A stale lease is kept as
// evidence and changes nothing; `reply` is then "stale", otherwise "accepted". A person finishes
// nothing that a hold stands against: FAILED_PRECONDITION TASK_HELD, until it is released.
absl::StatusOr<Changes> Decide(const FinishTask& ask, Task task, std::optional<CaseFile> file,
                               absl::Time now);

// A lease ran out: tried in vain.
Changes DecideLapse(Task task, absl::Time now);

// What a finished erasure means for the certificate.
std::vector<ExecutedPart> ExecutedBy(const std::vector<Task>& tasks);
std::vector<ResiduePart> ResidueOf(const Case& c, const std::vector<Task>& tasks);

}  // namespace varsam::requests
