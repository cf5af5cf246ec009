// Reads a policy document (YAML, schema privacy-policy-model/1) into a PolicyModel. Strict: every
// unknown key, wrong type, unknown word of an enumeration, malformed duration or date is an error
// with path and line, and one pass names them all. Whether ids resolve and activities are complete
// is not asked here: see domain/lint_policy.h.
//
// Errors: INVALID_ARGUMENT, reason INVALID_YAML (not a YAML document, too large, too deep,
// aliases) or INVALID_FIELD with one violation per fault ("purposes.payroll.basis": "line 412:
// …").
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "services/subject_registry/domain/policy_model.h"

namespace varsam::registry {

absl::StatusOr<PolicyModel> ParsePolicy(std::string_view yaml);

}  // namespace varsam::registry
