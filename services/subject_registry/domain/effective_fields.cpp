#include "services/subject_registry/domain/effective_fields.h"

#include <algorithm>

namespace varsam::registry {
namespace {

bool Contains(const std::vector<EffectiveField>& fields, const DataCategoryId& data) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const EffectiveField& field) { return field.data == data; });
}

bool Inherits(const System& system, const DataCategoryId& data) {
  return !system.inherit_only || std::find(system.inherit_only->begin(), system.inherit_only->end(),
                                           data) != system.inherit_only->end();
}

std::vector<EffectiveField> Collect(const PolicyModel& model, const SystemId& id, bool literal,
                                    std::vector<SystemId>& visiting) {
  std::vector<EffectiveField> fields;
  const System* system = FindById(model.systems, id);
  if (system == nullptr ||
      std::find(visiting.begin(), visiting.end(), id) != visiting.end()) {
    return fields;
  }
  visiting.push_back(id);
  for (const DataCategoryId& data : system->own) fields.push_back({data, {id}});
  for (const SystemId& parent : system->inherits) {
    for (EffectiveField& field : Collect(model, parent, literal, visiting)) {
      if (Contains(fields, field.data) || (!literal && !Inherits(*system, field.data))) continue;
      field.path.push_back(id);
      fields.push_back(std::move(field));
    }
  }
  visiting.pop_back();
  return fields;
}

}  // namespace

std::vector<EffectiveField> EffectiveFields(const PolicyModel& model, const SystemId& system) {
  std::vector<SystemId> visiting;
  return Collect(model, system, false, visiting);
}

std::vector<EffectiveField> LiteralFields(const PolicyModel& model, const SystemId& system) {
  std::vector<SystemId> visiting;
  return Collect(model, system, true, visiting);
}

bool HasPurpose(const PolicyModel& model, const System& system, const DataCategoryId& data) {
  return std::any_of(system.purposes.begin(), system.purposes.end(), [&](const PurposeId& id) {
    const Purpose* purpose = FindById(model.purposes, id);
    return purpose != nullptr &&
           std::find(purpose->data.begin(), purpose->data.end(), data) != purpose->data.end();
  });
}

}  // namespace varsam::registry
