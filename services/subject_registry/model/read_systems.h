// The parts of the document that describe systems, processors and retention.
#pragma once

#include "services/subject_registry/model/read_values.h"

namespace varsam::registry {

void ReadSystems(YamlMap& root, PolicyModel& model);
void ReadProcessors(YamlMap& root, PolicyModel& model);
void ReadRetentionRules(YamlMap& root, PolicyModel& model);

}  // namespace varsam::registry
