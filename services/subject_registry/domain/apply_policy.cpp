#include "services/subject_registry/domain/apply_policy.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::registry {

absl::Status RefusalOf(const std::vector<LintIssue>& issues) {
  std::vector<FieldViolation> violations;
  for (const LintIssue& issue : issues) {
    if (issue.severity != Severity::kError) continue;
    violations.push_back(
        {issue.where, absl::StrCat("line ", issue.line, ": ", issue.code, " [",
                                   absl::StrJoin(issue.names, ", "), "]: ", issue.en)});
  }
  if (violations.empty()) return absl::OkStatus();
  absl::Status status = InvalidFields(std::move(violations));
  SetReason(status, "INVALID_POLICY");
  return status;
}

absl::StatusOr<ApplyPolicyOutcome> Decide(const ApplyPolicy& ask, const ApplyPolicyFacts& facts,
                                          absl::Time now) {
  std::vector<LintIssue> issues = LintPolicy(*ask.model);
  RETURN_IF_ERROR(RefusalOf(issues));
  if (facts.sha256_of_version && *facts.sha256_of_version != ask.sha256) {
    return ErrorWithReason(
        absl::StatusCode::kAlreadyExists, "POLICY_VERSION_REUSED",
        absl::StrCat("policy.version: ", ask.model->policy.version,
                     " was applied with another text; a published version never changes"));
  }
  ApplyPolicyOutcome outcome;
  outcome.findings = std::move(issues);
  if (facts.current && facts.current->sha256 == ask.sha256) {
    outcome.policy = *facts.current;
    return outcome;
  }
  if (facts.sha256_of_version) {
    return ErrorWithReason(absl::StatusCode::kAlreadyExists, "POLICY_VERSION_REUSED",
                           absl::StrCat("policy.version: ", ask.model->policy.version,
                                        " has been replaced already; give the text a new version"));
  }
  outcome.changes = DiffPolicy(facts.current ? *facts.current->model : PolicyModel{}, *ask.model);
  outcome.policy = {ask.yaml, ask.sha256, ask.model, now};
  outcome.append = true;
  outcome.sequence = facts.applied_count + 1;
  return outcome;
}

}  // namespace varsam::registry
