// The lists of a case and of a task that are never searched, as JSON text beside their rows.
// Reading is tolerant of absent keys (older rows) and never of broken text (CHECK: we wrote it).
#pragma once

#include <string>
#include <string_view>

#include "services/request_workflow/domain/case.h"
#include "services/request_workflow/domain/task.h"

namespace varsam::requests {

std::string CaseDetailToJson(const Case& c);
void CaseDetailFromJson(std::string_view text, Case& c);
std::string TaskDetailToJson(const Task& task);
void TaskDetailFromJson(std::string_view text, Task& task);

}  // namespace varsam::requests
