// What other periods would do before they are applied: the same composition under the changed
// rules. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/retention/domain/catalogue.h"
#include "services/retention/domain/records.h"

namespace varsam::retention {

inline constexpr int kSimulatePeopleMax = 1000;
inline constexpr size_t kSimulatedFieldsMax = 100;
inline constexpr size_t kSimulatedChangesMax = 50;

struct SimulateRules {
  std::vector<RuleChange> changes;
  absl::Time as_of;
};

struct SimulatedField {
  FieldKey key;
  std::optional<calendar::LocalDay> before, after;  // retain_until
  bool newly_due = false;
  std::string blocked_by;  // the matter of a hold
};

// The sentence that a rule stands for.
struct RuleSentence {
  std::string rule, law, before_sv, after_sv, before_en, after_en;
};

struct Simulation {
  uint32_t people_seen = 0, people_reached = 0;
  uint32_t fields_earlier = 0, fields_later = 0, fields_newly_due = 0, fields_blocked = 0;
  std::vector<SimulatedField> fields;  // the first kSimulatedFieldsMax
  std::vector<RuleSentence> sentences;
};

// The systems whose records the changes can reach. INVALID_FIELD for a rule that there is not, or
// one without a period.
absl::StatusOr<std::vector<std::string>> SystemsOf(const SimulateRules& ask,
                                                   const Catalogue& catalogue);

Simulation Simulate(const SimulateRules& ask, const Catalogue& catalogue,
                    const std::vector<PersonRecords>& people, const std::vector<Hold>& holds);

}  // namespace varsam::retention
