// The parts of the document that describe people, data, purposes and assessments.
#pragma once

#include "services/subject_registry/model/read_values.h"

namespace varsam::registry {

void ReadSubjectCategories(YamlMap& root, PolicyModel& model);
void ReadDataCategories(YamlMap& root, PolicyModel& model);
void ReadContexts(YamlMap& root, PolicyModel& model);
void ReadPurposes(YamlMap& root, PolicyModel& model);
void ReadLias(YamlMap& root, PolicyModel& model);
void ReadDpias(YamlMap& root, PolicyModel& model);
void ReadSources(YamlMap& root, PolicyModel& model);

}  // namespace varsam::registry
