#include "services/subject_registry/domain/diff_policy.h"

#include "absl/strings/str_cat.h"
#include "services/subject_registry/domain/diff_parts.h"

namespace varsam::registry {
namespace {

void DiffText(const std::string& path, const std::string& before, const std::string& after,
              bool material, const std::vector<PurposeId>& purposes, PolicyChanges& changes) {
  if (before == after) return;
  changes.push_back({ChangeKind::kReplaced, path, before, after, material,
                     material ? purposes : std::vector<PurposeId>{}});
}

void DiffController(const PolicyModel& before, const PolicyModel& after, PolicyChanges& changes) {
  const Controller& a = before.controller;
  const Controller& b = after.controller;
  const auto everyone = AllPurposes(after);
  const bool other_controller = a.name != b.name || (a.org_no != b.org_no && a.org_no != "TODO");
  DiffText("controller.name", a.name, b.name, true, everyone, changes);
  DiffText("controller.org_no", a.org_no, b.org_no, other_controller, everyone, changes);
  DiffText("controller.address", a.address, b.address, false, {}, changes);
  DiffText("controller.dpo", a.dpo, b.dpo, false, {}, changes);
  DiffText("controller.contact", a.contact, b.contact, false, {}, changes);
}

// Added, removed and relabelled entries of a section that carries no rights of its own.
template <typename T>
void DiffEntries(const char* section, const std::vector<T>& before, const std::vector<T>& after,
                 PolicyChanges& changes) {
  for (const T& old : before) {
    const std::string path = absl::StrCat(section, ".", old.id.value());
    const T* now = FindById(after, old.id);
    if (now == nullptr) {
      changes.push_back({ChangeKind::kRemoved, path, old.sv, "", false, {}});
    } else {
      DiffText(path + ".sv", old.sv, now->sv, false, {}, changes);
    }
  }
  for (const T& now : after) {
    if (FindById(before, now.id) != nullptr) continue;
    changes.push_back({ChangeKind::kAdded, absl::StrCat(section, ".", now.id.value()), "", now.sv,
                       false, {}});
  }
}

}  // namespace

bool IsLonger(const std::optional<calendar::Period>& before,
              const std::optional<calendar::Period>& after) {
  if (!before || !after) return before.has_value() && !after.has_value();
  // P12M and P365D differ by where they start; a leap year and a short February show every order.
  for (const calendar::LocalDay start :
       {calendar::LocalDay::Of(2024, 1, 31), calendar::LocalDay::Of(2025, 2, 1)}) {
    if (calendar::AddPeriod(start, *after) > calendar::AddPeriod(start, *before)) return true;
  }
  return false;
}

std::string TextOf(const std::optional<calendar::Period>& period, const char* when_absent) {
  return period ? calendar::ToString(*period) : when_absent;
}

std::vector<PurposeId> AllPurposes(const PolicyModel& model) {
  std::vector<PurposeId> ids;
  for (const Purpose& purpose : model.purposes) ids.push_back(purpose.id);
  return ids;
}

std::vector<PolicyChange> DiffPolicy(const PolicyModel& before, const PolicyModel& after) {
  PolicyChanges changes;
  DiffController(before, after, changes);
  DiffEntries("subject_categories", before.subject_categories, after.subject_categories, changes);
  DiffEntries("data_categories", before.data_categories, after.data_categories, changes);
  DiffPurposes(before, after, changes);
  DiffEntries("systems", before.systems, after.systems, changes);
  DiffRecipients(before, after, changes);
  DiffEntries("sources", before.sources, after.sources, changes);
  DiffRetention(before, after, changes);
  return changes;
}

bool HasMaterialChange(const std::vector<PolicyChange>& changes) {
  return std::any_of(changes.begin(), changes.end(),
                     [](const PolicyChange& change) { return change.material; });
}

const char* NameOf(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kAdded: return "added";
    case ChangeKind::kRemoved: return "removed";
    case ChangeKind::kWidened: return "widened";
    case ChangeKind::kNarrowed: return "narrowed";
    case ChangeKind::kReplaced: return "replaced";
  }
  return "";
}

}  // namespace varsam::registry
