// Which data a system really holds, and where each field comes from: its own fields, and what it
// takes over from its parents ("som ovan"), narrowed by `inherit_only` (P44, P45). Pure.
#pragma once

#include <vector>

#include "services/subject_registry/domain/policy_model.h"

namespace varsam::registry {

struct EffectiveField {
  DataCategoryId data;
  // The systems the field came through, the owner first and the asked system last; one entry for an
  // own field.
  std::vector<SystemId> path;
  bool inherited() const { return path.size() > 1; }
  const SystemId& origin() const { return path.front(); }
  bool operator==(const EffectiveField&) const = default;
};

// Own fields first, then inherited ones in the order of the parents; each data category once.
// An unknown system has none; unknown parents and circles contribute nothing (lint reports both).
std::vector<EffectiveField> EffectiveFields(const PolicyModel& model, const SystemId& system);

// The same as if no `inherit_only` stood anywhere on the way: the literal reading of "som ovan".
std::vector<EffectiveField> LiteralFields(const PolicyModel& model, const SystemId& system);

// Does any purpose of the system use the field?
bool HasPurpose(const PolicyModel& model, const System& system, const DataCategoryId& data);

}  // namespace varsam::registry
