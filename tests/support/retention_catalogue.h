// The retention rules of a policy model as the composition wants them.
#pragma once

#include "services/retention/domain/rule.h"
#include "services/subject_registry/domain/policy_model.h"

namespace varsam::testing {

retention::RetentionModel RetentionModelOf(const registry::PolicyModel& model);

// Does the source oblige to an Art. 14 notice? One the model lacks does.
bool IsIndirectSource(const registry::PolicyModel& model, const std::string& source);

}  // namespace varsam::testing
