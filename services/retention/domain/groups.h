// Steps 4-6 of the composition: maxima by purpose, what cuts them short, and when use ends (FORMAT
// 4.2; readings 7-R3 to 7-R7, 7-R15). Pure.
#pragma once

#include <string>
#include <vector>

#include "services/retention/domain/fitting_rules.h"
#include "services/retention/domain/rule_end.h"

namespace varsam::retention {

// Something that ends a group before its period does.
struct Cut {
  std::string by;              // erasure, objection_upheld, consent_withdrawn or a terminator's id
  const Rule* rule = nullptr;  // the terminator
  std::string purpose;         // of a withdrawn consent: cuts this group only
  absl::Time at;               // the event
  calendar::LocalDay day;      // last lawful day
  absl::Time use_ends;         // the instant of the person's own act, else the midnight after
};

std::vector<Cut> FindCuts(const FittingRules& fitting, const RecordFacts& facts,
                          absl::Time as_of);

struct Group {
  std::string purpose;           // empty: the rules without purpose
  std::vector<RuleEnd> winners;  // usually one; more when several end on one day; none: only cuts
  std::vector<Cut> cuts;         // those that touch it
  bool spared = false;           // claims with a recorded need: the cuts do not shorten it
  bool claims_only = false;      // at the moment asked about
  calendar::LocalDay last_day;
  absl::Time use_ends;
  calendar::LocalDay erase_from;
};

// In order of purpose. One group without winners stands for a record that only cuts end.
std::vector<Group> FindGroups(const RetentionModel& model, const FittingRules& fitting,
                              const std::vector<Cut>& cuts,
                              const std::vector<const HeldPurpose*>& serving,
                              const RecordFacts& facts, absl::Time as_of, bool minimum_triggered);

}  // namespace varsam::retention
