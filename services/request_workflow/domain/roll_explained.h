// Rolling a last day to a working day, with the step that says why (Reg. 1182/71 art. 3(4)). Pure.
#pragma once

#include <vector>

#include "libs/calendar/day.h"
#include "libs/calendar/explained_step.h"

namespace varsam::requests {

// The first working day on or after `day`. Adds a step ROLLED_TO_WORKING_DAY only if it moved.
calendar::LocalDay RollExplained(calendar::LocalDay day,
                                 std::vector<calendar::ExplainedStep>& steps);

}  // namespace varsam::requests
