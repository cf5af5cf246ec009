// The shipped policy model, as tests read it.
#pragma once

#include <string>

#include "services/subject_registry/domain/policy_model.h"

namespace varsam::testing {

// The text of deploy/policy/lexium.yaml.
std::string LexiumYaml();
// The text with one replacement; CHECKs that `from` stands there.
std::string LexiumYamlWith(const std::string& from, const std::string& to);
// The parsed model; CHECKs that it parses. Built once.
const registry::PolicyModel& Lexium();

}  // namespace varsam::testing
