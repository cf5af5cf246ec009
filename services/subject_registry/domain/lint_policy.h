// Judges a parsed policy model before it may be applied (DOMAIN section 2, "Loader checks";
// promises P04, P42, P44, P45, P52; gaps G1-G14). An error refuses the model; a finding is
// reported with it and stays visible until it is answered. Pure; never fails.
//
// Error codes: UNKNOWN_ID, DUPLICATE_PLACE, INHERITANCE_CYCLE, INHERITANCE_EXCESS,
//   INCOMPLETE_ACTIVITY, LIA_NOT_NAMED, CONSENT_WITHOUT_PERIOD, COOKIE_BANNER_UNFAIR,
//   INDEFINITE_NOT_ALLOWED.
// Finding codes: G1 … (the gaps the document lists), POLICY_BASIS_DIFFERS, SPECIAL_GROUND_MISSING,
//   LIA_MISSING, DPIA_MISSING, DPIA_TO_SCREEN, DPA_MISSING, TRANSFER_UNANSWERED,
//   NOTICE_ITEM_MISSING, RETENTION_OPEN_ENDED, SUBJECT_WITHOUT_CONTEXT.
#pragma once

#include <string>
#include <vector>

#include "services/subject_registry/domain/policy_model.h"

namespace varsam::registry {

enum class Severity { kError, kFinding };

struct LintIssue {
  Severity severity = Severity::kError;
  std::string code;
  std::string where;  // path in the document: systems.recruiting.inherits
  int line = 0;
  // What is concerned or missing, sorted as in the model: [retention], [salary, next_of_kin, …].
  std::vector<std::string> names;
  std::string sv, en;  // one sentence each
  bool operator==(const LintIssue&) const = default;
};

struct PolicyCounts {
  int subject_categories = 0, data_categories = 0, contexts = 0, purposes = 0, systems = 0;
  int processors = 0, sources = 0, retention_rules = 0, rights = 0, gaps = 0;
  int defaults_to_confirm = 0;  // entries with origin D: "bekräfta"
  bool operator==(const PolicyCounts&) const = default;
};

// Errors first, then findings; within each the order of the document's sections.
std::vector<LintIssue> LintPolicy(const PolicyModel& model);
bool HasErrors(const std::vector<LintIssue>& issues);

PolicyCounts CountPolicy(const PolicyModel& model);
// Paths of the entries that rest on a platform default (origin D).
std::vector<std::string> DefaultsToConfirm(const PolicyModel& model);

}  // namespace varsam::registry
