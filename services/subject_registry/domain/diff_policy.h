// What changed between two versions of the policy, as a typed list. A change is material (and
// makes consent be asked again, DOMAIN section 4) when it brings a new purpose, wider data, a new
// recipient or third country, a longer period, or a new controller. Wording, labels and shorter
// periods are editorial. Pure.
#pragma once

#include <string>
#include <vector>

#include "services/subject_registry/domain/policy_model.h"

namespace varsam::registry {

enum class ChangeKind {
  kAdded,     // a whole entry
  kRemoved,
  kWidened,   // a list grew, a period became longer, a protection fell away
  kNarrowed,
  kReplaced,  // neither wider nor narrower
};

struct PolicyChange {
  ChangeKind kind = ChangeKind::kReplaced;
  std::string path;          // purposes.marketing_email.data
  std::string before, after; // as in the document; empty where there was or is nothing
  bool material = false;
  // The purposes whose people must be told, and whose consents must be asked for again, if
  // material.
  std::vector<PurposeId> purposes;
  bool operator==(const PolicyChange&) const = default;
};

// In the order of the document's sections; empty when the two say the same (lines are ignored).
std::vector<PolicyChange> DiffPolicy(const PolicyModel& before, const PolicyModel& after);
bool HasMaterialChange(const std::vector<PolicyChange>& changes);

const char* NameOf(ChangeKind kind);

}  // namespace varsam::registry
