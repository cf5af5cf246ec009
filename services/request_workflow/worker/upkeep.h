// What time alone brings: leases that lapse, families of cases that are done, packages whose days
// are over.
#pragma once

#include "services/request_workflow/flow/service_parts.h"

namespace varsam::requests {

class Upkeep {
 public:
  explicit Upkeep(const ServiceParts& parts) : parts_(parts) {}
  // At most one bounded batch of each.
  absl::StatusOr<bool> Tick();

 private:
  absl::Status Lapse(TaskId id);
  absl::Status EndFamily(CaseId id);
  absl::Status DropPackage(const Package& package);

  const ServiceParts parts_;
};

}  // namespace varsam::requests
