// The rules in force, out of every policy version that was applied: the newest model, and for each
// rule how its period has changed (FORMAT 4.2 "Rule changes"). Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/retention/domain/record_facts.h"
#include "services/retention/domain/rule.h"

namespace varsam::retention {

struct PolicyVersion {
  int64_t seq = 0;  // from 1, in the order of application
  std::string version;
  absl::Time effective_at;
  std::shared_ptr<const RetentionModel> model;
};

struct Catalogue {
  std::string version;
  int64_t seq = 0;
  // The newest rules; the period of a rule is the first it ever had, the changes say the rest.
  RetentionModel model;
  std::vector<RuleChange> changes;
  std::optional<calendar::Period> backups_kept;  // of rule backup_copy

  // Grows whenever something computed earlier may no longer hold: a version was applied or a
  // change has taken effect.
  int64_t GenerationAt(absl::Time now) const;
};

// `versions` in order of seq, at least one.
Catalogue CompileCatalogue(const std::vector<PolicyVersion>& versions);

}  // namespace varsam::retention
