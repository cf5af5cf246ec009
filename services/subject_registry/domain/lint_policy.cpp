#include "services/subject_registry/domain/lint_policy.h"

#include <algorithm>

#include "services/subject_registry/domain/lint_parts.h"

namespace varsam::registry {
namespace {

template <typename T>
void AddDefaults(const char* section, const std::vector<T>& entries,
                 std::vector<std::string>& paths) {
  for (const T& entry : entries) {
    if (entry.origin != Origin::kDefault) continue;
    if constexpr (std::is_same_v<T, Channel>) {
      paths.push_back(std::string(section) + "." + entry.id);
    } else {
      paths.push_back(std::string(section) + "." + entry.id.value());
    }
  }
}

}  // namespace

void AddError(LintIssues& issues, std::string_view code, std::string where, int line,
              std::vector<std::string> names, std::string sv, std::string en) {
  issues.push_back({Severity::kError, std::string(code), std::move(where), line, std::move(names),
                    std::move(sv), std::move(en)});
}

void AddFinding(LintIssues& issues, std::string_view code, std::string where, int line,
                std::vector<std::string> names, std::string sv, std::string en) {
  issues.push_back({Severity::kFinding, std::string(code), std::move(where), line,
                    std::move(names), std::move(sv), std::move(en)});
}

std::vector<LintIssue> LintPolicy(const PolicyModel& model) {
  LintIssues issues;
  LintReferences(model, issues);
  LintActivities(model, issues);
  LintOpenMatters(model, issues);
  std::stable_partition(issues.begin(), issues.end(), [](const LintIssue& issue) {
    return issue.severity == Severity::kError;
  });
  return issues;
}

bool HasErrors(const std::vector<LintIssue>& issues) {
  return std::any_of(issues.begin(), issues.end(), [](const LintIssue& issue) {
    return issue.severity == Severity::kError;
  });
}

PolicyCounts CountPolicy(const PolicyModel& model) {
  PolicyCounts counts;
  counts.subject_categories = static_cast<int>(model.subject_categories.size());
  counts.data_categories = static_cast<int>(model.data_categories.size());
  counts.contexts = static_cast<int>(model.contexts.size());
  counts.purposes = static_cast<int>(model.purposes.size());
  counts.systems = static_cast<int>(model.systems.size());
  counts.processors = static_cast<int>(model.processors.size());
  counts.sources = static_cast<int>(model.sources.size());
  counts.retention_rules = static_cast<int>(model.retention_rules.size());
  counts.rights = static_cast<int>(model.rights.size());
  counts.gaps = static_cast<int>(model.gaps.size());
  counts.defaults_to_confirm = static_cast<int>(DefaultsToConfirm(model).size());
  return counts;
}

std::vector<std::string> DefaultsToConfirm(const PolicyModel& model) {
  std::vector<std::string> paths;
  AddDefaults("subject_categories", model.subject_categories, paths);
  AddDefaults("data_categories", model.data_categories, paths);
  AddDefaults("contexts", model.contexts, paths);
  AddDefaults("purposes", model.purposes, paths);
  AddDefaults("systems", model.systems, paths);
  AddDefaults("sources", model.sources, paths);
  AddDefaults("retention_rules", model.retention_rules, paths);
  AddDefaults("channels", model.channels, paths);
  if (model.cookies.origin == Origin::kDefault) paths.push_back("cookies");
  if (model.security.origin == Origin::kDefault) paths.push_back("security");
  return paths;
}

}  // namespace varsam::registry
