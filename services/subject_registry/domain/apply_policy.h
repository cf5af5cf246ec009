// Puts a policy model into force. A version, once applied, never changes (P56): the same text again
// is harmless, another text under the same version is refused.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/subject_registry/domain/diff_policy.h"
#include "services/subject_registry/domain/lint_policy.h"
#include "services/subject_registry/domain/policy_model.h"

namespace varsam::registry {

// A model with the text it came from.
struct PolicyText {
  std::string yaml;
  std::string sha256;  // 32 bytes
  std::shared_ptr<const PolicyModel> model;
  absl::Time effective_at;
};

struct ApplyPolicy {
  std::string yaml;
  std::string sha256;
  std::shared_ptr<const PolicyModel> model;
};

struct ApplyPolicyFacts {
  std::optional<PolicyText> current;
  // The hash under which this version was applied before, if it was.
  std::optional<std::string> sha256_of_version;
  int64_t applied_count = 0;
};

struct ApplyPolicyOutcome {
  PolicyText policy;
  std::vector<LintIssue> findings;
  std::vector<PolicyChange> changes;
  bool append = false;  // false: it was in force already
  int64_t sequence = 0;
};

// INVALID_ARGUMENT INVALID_POLICY naming every lint error; ALREADY_EXISTS POLICY_VERSION_REUSED.
absl::StatusOr<ApplyPolicyOutcome> Decide(const ApplyPolicy& ask, const ApplyPolicyFacts& facts,
                                          absl::Time now);

// The lint errors of a model as one status; OK when there are none.
absl::Status RefusalOf(const std::vector<LintIssue>& issues);

}  // namespace varsam::registry
