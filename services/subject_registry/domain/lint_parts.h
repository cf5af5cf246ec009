// The parts lint_policy.cpp is put together from; each adds its issues to the list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/subject_registry/domain/lint_policy.h"

namespace varsam::registry {

using LintIssues = std::vector<LintIssue>;

// Every id that is named somewhere exists where it must.
void LintReferences(const PolicyModel& model, LintIssues& issues);
// Every activity is whole, every field has a purpose and a rule, every basis what it needs.
void LintActivities(const PolicyModel& model, LintIssues& issues);
// Assessments, agreements, notices and gaps that still wait for people.
void LintOpenMatters(const PolicyModel& model, LintIssues& issues);

void AddError(LintIssues& issues, std::string_view code, std::string where, int line,
              std::vector<std::string> names, std::string sv, std::string en);
void AddFinding(LintIssues& issues, std::string_view code, std::string where, int line,
                std::vector<std::string> names, std::string sv, std::string en);

}  // namespace varsam::registry
