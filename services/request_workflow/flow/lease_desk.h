// Grants leases to all connectors that ask at the same time, in one commit. They would exclude each
// other otherwise: what one is offered the other must not get.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "services/request_workflow/domain/task_decisions.h"
#include "services/request_workflow/flow/combined.h"
#include "services/request_workflow/flow/writer.h"

namespace varsam::requests {

class LeaseDesk {
 public:
  LeaseDesk(Writer& writer, const Clock& clock);

  // The granted tasks; none when there is none. Waits as long as a write does.
  absl::StatusOr<std::vector<TaskId>> Lease(LeaseTasks ask) { return desk_.Run(std::move(ask)); }

 private:
  using Granted = absl::StatusOr<std::vector<TaskId>>;
  std::vector<Granted> Grant(std::vector<LeaseTasks> asks);

  Writer& writer_;
  const Clock& clock_;
  Combined<LeaseTasks, Granted> desk_;
};

}  // namespace varsam::requests
