#include "absl/strings/str_cat.h"
#include "services/subject_registry/domain/diff_parts.h"

namespace varsam::registry {
namespace {

std::string TextOf(const std::optional<Basis>& basis) { return basis ? NameOf(*basis) : ""; }

void DiffData(const Purpose& before, const Purpose& after, const std::string& path,
              PolicyChanges& changes) {
  const auto gained = Missing(after.data, before.data);
  const auto lost = Missing(before.data, after.data);
  if (gained.empty() && lost.empty()) return;
  PolicyChange change;
  change.kind = gained.empty() ? ChangeKind::kNarrowed : ChangeKind::kWidened;
  change.path = path + ".data";
  change.before = registry::TextOf(before.data);
  change.after = registry::TextOf(after.data);
  change.material = !gained.empty();
  if (change.material) change.purposes = {after.id};
  changes.push_back(std::move(change));
}

void DiffValid(const Purpose& before, const Purpose& after, const std::string& path,
               PolicyChanges& changes) {
  if (before.valid == after.valid) return;
  const bool longer = IsLonger(before.valid, after.valid);
  PolicyChange change;
  change.kind = longer ? ChangeKind::kWidened : ChangeKind::kNarrowed;
  change.path = path + ".valid";
  change.before = registry::TextOf(before.valid, "");
  change.after = registry::TextOf(after.valid, "");
  change.material = longer;
  if (longer) change.purposes = {after.id};
  changes.push_back(std::move(change));
}

void DiffPurpose(const Purpose& before, const Purpose& after, PolicyChanges& changes) {
  const std::string path = absl::StrCat("purposes.", after.id.value());
  const auto replaced = [&](const char* key, const std::string& from, const std::string& to) {
    if (from == to) return;
    changes.push_back({ChangeKind::kReplaced, absl::StrCat(path, ".", key), from, to, false, {}});
  };
  const auto flag = [&](const char* key, bool from, bool to) {
    replaced(key, from ? "true" : "false", to ? "true" : "false");
  };
  replaced("sv", before.sv, after.sv);
  replaced("basis", TextOf(before.basis), TextOf(after.basis));
  replaced("basis_if_party", TextOf(before.basis_if_party), TextOf(after.basis_if_party));
  replaced("lia", before.lia ? before.lia->value() : "", after.lia ? after.lia->value() : "");
  flag("dm", before.direct_marketing, after.direct_marketing);
  flag("residual", before.residual, after.residual);
  flag("per_recipient", before.per_recipient, after.per_recipient);
  flag("dpia", before.dpia_required, after.dpia_required);
  replaced("topics", absl::StrJoin(before.topics, ", "), absl::StrJoin(after.topics, ", "));
  DiffData(before, after, path, changes);
  DiffValid(before, after, path, changes);
}

}  // namespace

void DiffPurposes(const PolicyModel& before, const PolicyModel& after, PolicyChanges& changes) {
  for (const Purpose& old : before.purposes) {
    const Purpose* now = FindById(after.purposes, old.id);
    if (now != nullptr) {
      DiffPurpose(old, *now, changes);
    } else {
      changes.push_back({ChangeKind::kRemoved, absl::StrCat("purposes.", old.id.value()), old.sv,
                         "", false, {}});
    }
  }
  for (const Purpose& now : after.purposes) {
    if (FindById(before.purposes, now.id) != nullptr) continue;
    changes.push_back({ChangeKind::kAdded, absl::StrCat("purposes.", now.id.value()), "", now.sv,
                       true, {now.id}});
  }
}

}  // namespace varsam::registry
