// A page of a plan, and the page tokens of the replay list.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/retention/domain/plan_disposal.h"
#include "services/retention/store/retention_store.h"
#include "varsam/retention/v1/retention_service.pb.h"

namespace varsam::retention {

// Items from `start` on, at most `rows`; totals and digest are of the whole plan.
void RenderPlan(const DisposalPlan& plan, uint64_t start, int rows,
                v1::PlanDisposalResponse* response);

std::string ReplayToken(const ReplayPage& page);
absl::StatusOr<ReplayPage> ReplayPageFrom(const std::string& token);

}  // namespace varsam::retention
