#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/subject_registry/domain/lint_parts.h"

namespace varsam::registry {
namespace {

// Names every id of `used` that `known` lacks.
template <typename Id, typename T>
void Resolve(LintIssues& issues, const std::string& where, int line, const std::vector<Id>& used,
             const std::vector<T>& known) {
  std::vector<std::string> unknown;
  for (const Id& id : used) {
    if (FindById(known, id) == nullptr) unknown.push_back(id.value());
  }
  if (unknown.empty()) return;
  const std::string names = absl::StrJoin(unknown, ", ");
  AddError(issues, "UNKNOWN_ID", where, line, unknown,
           absl::StrCat(where, " nämner ", names, ", som modellen saknar."),
           absl::StrCat(where, " names ", names, ", which the model lacks."));
}

template <typename Id, typename T>
void ResolveOne(LintIssues& issues, const std::string& where, int line,
                const std::optional<Id>& used, const std::vector<T>& known) {
  if (used) Resolve(issues, where, line, std::vector<Id>{*used}, known);
}

void LintSystemReferences(const PolicyModel& model, LintIssues& issues) {
  for (const System& system : model.systems) {
    const std::string path = absl::StrCat("systems.", system.id.value());
    Resolve(issues, path + ".own", system.line, system.own, model.data_categories);
    Resolve(issues, path + ".inherits", system.line, system.inherits, model.systems);
    if (system.inherit_only) {
      Resolve(issues, path + ".inherit_only", system.line, *system.inherit_only,
              model.data_categories);
    }
    Resolve(issues, path + ".purposes", system.line, system.purposes, model.purposes);
    ResolveOne(issues, path + ".processor", system.line, system.processor, model.processors);
    if (system.id.value() == kPlatformSystem) {
      AddError(issues, "DUPLICATE_PLACE", path, system.line, {kPlatformSystem},
               "platform är plattformens eget namn och kan inte vara ett system.",
               "platform is the platform's own name and cannot be a system.");
    }
  }
}

void LintRuleReferences(const PolicyModel& model, LintIssues& issues) {
  for (const RetentionRule& rule : model.retention_rules) {
    const std::string path = absl::StrCat("retention_rules.", rule.id.value());
    if (rule.system.value() != kPlatformSystem) {
      Resolve(issues, path + ".sys", rule.line, std::vector<SystemId>{rule.system}, model.systems);
    }
    ResolveOne(issues, path + ".subj", rule.line, rule.subject, model.subject_categories);
    ResolveOne(issues, path + ".purpose", rule.line, rule.purpose, model.purposes);
    Resolve(issues, path + ".data", rule.line, rule.data, model.data_categories);
    ResolveOne(issues, path + ".when.source", rule.line, rule.when.source, model.sources);
    const bool on_suppression_list = rule.kind == RuleKind::kMust &&
                                     rule.system.value() == kPlatformSystem;
    if (!rule.keep && !on_suppression_list) {
      AddError(issues, "INDEFINITE_NOT_ALLOWED", path, rule.line, {"keep"},
               "Bara plattformens egen lagstadgade post får sparas utan slutdatum.",
               "Only a statutory record of the platform itself may be kept without an end.");
    }
  }
}

}  // namespace

void LintReferences(const PolicyModel& model, LintIssues& issues) {
  for (const Context& context : model.contexts) {
    const std::string path = absl::StrCat("contexts.", context.id.value());
    Resolve(issues, path + ".subjects", context.line, context.subjects, model.subject_categories);
    Resolve(issues, path + ".sources", context.line, context.sources, model.sources);
    Resolve(issues, path + ".systems", context.line, context.systems, model.systems);
  }
  for (const Purpose& purpose : model.purposes) {
    const std::string path = absl::StrCat("purposes.", purpose.id.value());
    Resolve(issues, path + ".data", purpose.line, purpose.data, model.data_categories);
    ResolveOne(issues, path + ".lia", purpose.line, purpose.lia, model.lias);
  }
  for (const Dpia& dpia : model.dpias) {
    Resolve(issues, absl::StrCat("dpias.", dpia.id.value(), ".purposes"), dpia.line, dpia.purposes,
            model.purposes);
  }
  LintSystemReferences(model, issues);
  LintRuleReferences(model, issues);
  for (const auto& [category, purpose] : model.cookies.categories) {
    Resolve(issues, absl::StrCat("cookies.categories.", category), 0,
            std::vector<PurposeId>{purpose}, model.purposes);
  }
}

}  // namespace varsam::registry
