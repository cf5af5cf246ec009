#include "absl/strings/str_cat.h"
#include "services/subject_registry/domain/diff_parts.h"

namespace varsam::registry {
namespace {

std::vector<PurposeId> PurposesOf(const PolicyModel& model, const RetentionRule& rule) {
  if (rule.purpose) return {*rule.purpose};
  const System* system = FindById(model.systems, rule.system);
  return system == nullptr ? std::vector<PurposeId>{} : system->purposes;
}

bool SameReach(const RetentionRule& a, const RetentionRule& b) {
  return a.system == b.system && a.subject == b.subject && a.purpose == b.purpose &&
         a.data == b.data && a.when == b.when && a.clock == b.clock && a.kind == b.kind;
}

void DiffRule(const RetentionRule& before, const RetentionRule& after, const PolicyModel& model,
              PolicyChanges& changes) {
  const std::string path = absl::StrCat("retention_rules.", after.id.value());
  const auto add = [&](ChangeKind kind, const char* key, std::string from, std::string to) {
    const bool material = kind == ChangeKind::kWidened;
    changes.push_back({kind, absl::StrCat(path, ".", key), std::move(from), std::move(to), material,
                       material ? PurposesOf(model, after) : std::vector<PurposeId>{}});
  };
  if (before.keep != after.keep) {
    add(IsLonger(before.keep, after.keep) ? ChangeKind::kWidened : ChangeKind::kNarrowed, "keep",
        TextOf(before.keep, "indefinite"), TextOf(after.keep, "indefinite"));
  }
  if (before.round != after.round) {
    const bool later = after.round == Round::kCalendarYearEnd;
    add(later ? ChangeKind::kWidened : ChangeKind::kNarrowed, "round",
        later ? "" : "calendar_year_end", later ? "calendar_year_end" : "");
  }
  if (before.claims != after.claims) {
    add(after.claims ? ChangeKind::kWidened : ChangeKind::kNarrowed, "claims",
        before.claims ? "true" : "false", after.claims ? "true" : "false");
  }
  // Another clock or another reach may keep some record longer; nobody can rule that out from the
  // text alone, so it counts as a longer period.
  if (!SameReach(before, after)) add(ChangeKind::kWidened, "reach", before.clock, after.clock);
  if (before.action != after.action) {
    add(ChangeKind::kReplaced, "action", before.action, after.action);
  }
}

}  // namespace

void DiffRetention(const PolicyModel& before, const PolicyModel& after, PolicyChanges& changes) {
  for (const RetentionRule& old : before.retention_rules) {
    if (const RetentionRule* now = FindById(after.retention_rules, old.id)) {
      DiffRule(old, *now, after, changes);
      continue;
    }
    // Without its maximum the data may stay longer; without its minimum it may go earlier.
    const bool longer = old.kind == RuleKind::kMay;
    changes.push_back({ChangeKind::kRemoved, absl::StrCat("retention_rules.", old.id.value()),
                       TextOf(old.keep, "indefinite"), "", longer,
                       longer ? PurposesOf(after, old) : std::vector<PurposeId>{}});
  }
  for (const RetentionRule& now : after.retention_rules) {
    if (FindById(before.retention_rules, now.id) != nullptr) continue;
    const bool longer = now.kind == RuleKind::kMust;
    changes.push_back({ChangeKind::kAdded, absl::StrCat("retention_rules.", now.id.value()), "",
                       TextOf(now.keep, "indefinite"), longer,
                       longer ? PurposesOf(after, now) : std::vector<PurposeId>{}});
  }
}

}  // namespace varsam::registry
