// One leased task from its arrival to its report.
#pragma once

#include "libs/base/clock.h"
#include "services/connector/adapters/adapter.h"
#include "services/connector/agent/convert.h"
#include "services/connector/agent/lease_keeper.h"
#include "services/connector/agent/platform.h"
#include "services/connector/agent/task_memory.h"

namespace varsam::connector {

struct TaskRules {
  int erasures_per_hour_max = 200;
  int report_attempts_max = 6;
  absl::Duration retry_first = absl::Milliseconds(200);
  absl::Duration retry_cap = absl::Seconds(5);
};

class TaskRunner {
 public:
  TaskRunner(Platform& platform, LeaseKeeper& leases, TaskMemory& memory, const Clock& clock,
             TaskRules rules)
      : platform_(platform), leases_(leases), memory_(memory), clock_(clock), rules_(rules) {}

  // What has become of it: the kind of outcome in snake_case ("done", "partly_kept" …), or
  // "cancelled", "lost", "unreported".
  std::string Run(Adapter& adapter, const Task& task);

 private:
  struct Result {
    Outcome outcome;
    Spool document;  // to upload; empty: none
  };
  absl::StatusOr<Result> Perform(Adapter& adapter, const Task& task, LeaseKeeper::Hold& hold);
  absl::StatusOr<Outcome> Change(Adapter& adapter, const Task& task, LeaseKeeper::Hold& hold);
  absl::StatusOr<bool> MayErase();
  absl::Status Upload(const Task& task, LeaseKeeper::Hold& hold, const Spool& document);
  std::string Report(const Task& task, LeaseKeeper::Hold& hold, const Outcome& outcome,
                     const std::string& sha256);

  Platform& platform_;
  LeaseKeeper& leases_;
  TaskMemory& memory_;
  const Clock& clock_;
  const TaskRules rules_;
};

// "done", "no_data" …
std::string_view KindOf(const Outcome& outcome);

}  // namespace varsam::connector
