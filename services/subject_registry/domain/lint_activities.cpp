#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/subject_registry/domain/effective_fields.h"
#include "services/subject_registry/domain/lint_parts.h"

namespace varsam::registry {
namespace {

template <typename T>
bool Has(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// A rule of the system that can apply to the field at all, whoever the person is.
bool RuleCovers(const PolicyModel& model, const RetentionRule& rule, const SystemId& system,
                const DataCategoryId& data) {
  if (rule.system != system) return false;
  if (!rule.data.empty() && !Has(rule.data, data)) return false;
  if (!rule.purpose) return true;
  const Purpose* purpose = FindById(model.purposes, *rule.purpose);
  return purpose != nullptr && Has(purpose->data, data);
}

bool PairHasRule(const PolicyModel& model, const SystemId& system, const DataCategoryId& data) {
  return std::any_of(model.retention_rules.begin(), model.retention_rules.end(),
                     [&](const RetentionRule& rule) {
                       return RuleCovers(model, rule, system, data);
                     });
}

void Incomplete(LintIssues& issues, const std::string& where, int line, const std::string& missing,
                const std::string& sv, const std::string& en) {
  AddError(issues, "INCOMPLETE_ACTIVITY", where, line, {missing}, sv, en);
}

void LintPurpose(const PolicyModel& model, const Purpose& purpose, LintIssues& issues) {
  const std::string path = absl::StrCat("purposes.", purpose.id.value());
  if (!purpose.basis) {
    Incomplete(issues, path, purpose.line, "basis",
               absl::StrCat("Ändamålet ", purpose.sv, " saknar rättslig grund."),
               absl::StrCat("Purpose ", purpose.id.value(), " has no legal basis."));
  }
  if (purpose.data.empty()) {
    Incomplete(issues, path, purpose.line, "data",
               absl::StrCat("Ändamålet ", purpose.sv, " använder inga uppgifter."),
               absl::StrCat("Purpose ", purpose.id.value(), " uses no data."));
  }
  const bool held = std::any_of(model.systems.begin(), model.systems.end(), [&](const System& s) {
    return Has(s.purposes, purpose.id);
  });
  if (!held) {
    Incomplete(issues, path, purpose.line, "system",
               absl::StrCat("Inget system behandlar uppgifter för ", purpose.sv, "."),
               absl::StrCat("No system processes data for ", purpose.id.value(), "."));
  }
  if (purpose.basis == Basis::kLegitimateInterest && !purpose.lia) {
    AddError(issues, "LIA_NOT_NAMED", path, purpose.line, {"lia"},
             absl::StrCat("Ändamålet ", purpose.sv, " nämner ingen intresseavvägning."),
             absl::StrCat("Purpose ", purpose.id.value(), " names no balancing test."));
  }
  if (purpose.basis == Basis::kConsent && !purpose.valid) {
    AddError(issues, "CONSENT_WITHOUT_PERIOD", path, purpose.line, {"valid"},
             absl::StrCat("Samtycket till ", purpose.sv, " saknar giltighetstid."),
             absl::StrCat("Consent to ", purpose.id.value(), " has no period of validity."));
  }
}

void LintFields(const PolicyModel& model, const System& system, LintIssues& issues) {
  const std::string path = absl::StrCat("systems.", system.id.value());
  std::vector<std::string> excess, idle;
  for (const EffectiveField& field : EffectiveFields(model, system.id)) {
    const std::string& data = field.data.value();
    if (!PairHasRule(model, system.id, field.data)) {
      AddError(issues, "INCOMPLETE_ACTIVITY", absl::StrCat(path, ".", data), system.line,
               {"retention"},
               absl::StrCat("Ingen gallringsregel gäller för ", data, " i ", system.sv, "."),
               absl::StrCat("No retention rule fits ", data, " in ", system.id.value(), "."));
    }
    if (HasPurpose(model, system, field.data)) continue;
    (field.inherited() ? excess : idle).push_back(data);
  }
  if (!excess.empty()) {
    AddError(issues, "INHERITANCE_EXCESS", path + ".inherits", system.line, excess,
             absl::StrCat(system.sv, " tar över uppgifter utan ändamål: ",
                          absl::StrJoin(excess, ", "), "."),
             absl::StrCat(system.id.value(), " takes over data without a purpose: ",
                          absl::StrJoin(excess, ", "), "."));
  }
  if (!idle.empty()) {
    AddError(issues, "INCOMPLETE_ACTIVITY", path + ".own", system.line, {"purpose"},
             absl::StrCat(system.sv, " har uppgifter utan ändamål: ", absl::StrJoin(idle, ", "),
                          "."),
             absl::StrCat(system.id.value(), " holds data without a purpose: ",
                          absl::StrJoin(idle, ", "), "."));
  }
}

bool InheritsItself(const PolicyModel& model, const System& start) {
  std::vector<SystemId> seen, open = start.inherits;
  while (!open.empty()) {
    const SystemId id = open.back();
    open.pop_back();
    if (id == start.id) return true;
    if (Has(seen, id)) continue;
    seen.push_back(id);
    if (const System* parent = FindById(model.systems, id)) {
      open.insert(open.end(), parent->inherits.begin(), parent->inherits.end());
    }
  }
  return false;
}

// One activity = one purpose in one system.
void LintActivity(const PolicyModel& model, const System& system, const Purpose& purpose,
                  const std::vector<EffectiveField>& fields, LintIssues& issues) {
  const std::string where = absl::StrCat("systems.", system.id.value(), ".", purpose.id.value());
  std::vector<std::string> open_ended;
  bool any = false;
  for (const EffectiveField& field : fields) {
    if (!Has(purpose.data, field.data)) continue;
    any = true;
    const bool ends = std::any_of(
        model.retention_rules.begin(), model.retention_rules.end(), [&](const RetentionRule& rule) {
          return rule.kind == RuleKind::kMay && RuleCovers(model, rule, system.id, field.data) &&
                 (!rule.purpose || *rule.purpose == purpose.id);
        });
    if (!ends) open_ended.push_back(field.data.value());
  }
  if (!any) {
    Incomplete(issues, where, system.line, "data",
               absl::StrCat(system.sv, " har inga av de uppgifter som ", purpose.sv, " använder."),
               absl::StrCat(system.id.value(), " holds none of the data of ", purpose.id.value(),
                            "."));
  }
  if (!open_ended.empty()) {
    AddFinding(issues, "RETENTION_OPEN_ENDED", where, system.line, open_ended,
               absl::StrCat("Ingen regel sätter en bortre gräns i ", system.sv, " för ", purpose.sv,
                            ": ", absl::StrJoin(open_ended, ", "), "."),
               absl::StrCat("No rule sets a longest period in ", system.id.value(), " for ",
                            purpose.id.value(), ": ", absl::StrJoin(open_ended, ", "), "."));
  }
}

}  // namespace

void LintActivities(const PolicyModel& model, LintIssues& issues) {
  for (const Purpose& purpose : model.purposes) LintPurpose(model, purpose, issues);
  for (const System& system : model.systems) {
    const std::string path = absl::StrCat("systems.", system.id.value());
    if (InheritsItself(model, system)) {
      AddError(issues, "INHERITANCE_CYCLE", path + ".inherits", system.line, {system.id.value()},
               absl::StrCat(system.sv, " ärver från sig självt."),
               absl::StrCat(system.id.value(), " inherits from itself."));
    }
    LintFields(model, system, issues);
    const auto fields = EffectiveFields(model, system.id);
    for (const PurposeId& id : system.purposes) {
      if (const Purpose* purpose = FindById(model.purposes, id)) {
        LintActivity(model, system, *purpose, fields, issues);
      }
    }
    const bool has_people =
        std::any_of(model.contexts.begin(), model.contexts.end(), [&](const Context& context) {
          return Has(context.systems, system.id) && !context.subjects.empty();
        });
    if (!has_people) {
      Incomplete(issues, path, system.line, "subject",
                 absl::StrCat("Inget sammanhang säger vilka personer som finns i ", system.sv, "."),
                 absl::StrCat("No context says whose data ", system.id.value(), " holds."));
    }
  }
}

}  // namespace varsam::registry
