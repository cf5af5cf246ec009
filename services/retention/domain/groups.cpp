#include "services/retention/domain/groups.h"

#include <algorithm>
#include <map>

#include "libs/calendar/stockholm.h"

namespace varsam::retention {
namespace {

Cut OwnAct(std::string by, const RecordEvent& event) {
  return {std::move(by), nullptr,  event.purpose, event.at, calendar::LocalDayOf(event.at),
          event.at};
}

// The more specific tier is the larger number.
int Tier(const Rule& rule) {
  if (!rule.data.empty()) return 2;
  return rule.subject || !rule.when.empty() ? 1 : 0;
}

// Of the most specific tier that is triggered, those that end first.
std::vector<RuleEnd> Winners(const std::vector<RuleEnd>& ends) {
  std::vector<RuleEnd> winners;
  for (const RuleEnd& end : ends) {
    if (!winners.empty()) {
      const RuleEnd& best = winners.front();
      const int tier = Tier(*end.rule), best_tier = Tier(*best.rule);
      if (tier < best_tier || (tier == best_tier && end.last_day > best.last_day)) continue;
      if (tier > best_tier || end.last_day < best.last_day) winners.clear();
    }
    winners.push_back(end);
  }
  return winners;
}

void ApplyCuts(Group& group, const std::vector<Cut>& cuts, bool claims_need, absl::Time as_of) {
  const bool claims =
      !group.winners.empty() && std::all_of(group.winners.begin(), group.winners.end(),
                                            [](const RuleEnd& end) { return end.rule->claims; });
  group.spared = claims && claims_need;
  for (const Cut& cut : cuts) {
    if (!cut.purpose.empty() && cut.purpose != group.purpose) continue;
    group.cuts.push_back(cut);
    if (group.spared) {
      // From then on (7-R6): a planned end has not come yet.
      if (cut.use_ends <= as_of) group.claims_only = true;
      continue;
    }
    group.last_day = std::min(group.last_day, cut.day);
    group.use_ends = std::min(group.use_ends, cut.use_ends);
    group.erase_from = std::min(group.erase_from, cut.day);
  }
}

Group GroupOf(const std::string& purpose, const std::vector<RuleEnd>& ends) {
  Group group;
  group.purpose = purpose;
  group.winners = Winners(ends);
  const RuleEnd& first = group.winners.front();
  group.last_day = first.last_day;
  group.use_ends = first.use_ends;
  group.erase_from = first.erase_from;
  for (const RuleEnd& end : group.winners) {
    group.use_ends = std::min(group.use_ends, end.use_ends);
    group.erase_from = std::min(group.erase_from, end.erase_from);
  }
  return group;
}

// A record none of whose periods runs: a terminator ends it, or, without any minimum either, the
// person's erasure or objection, if it was still held for something then (7-R7).
std::vector<Group> OnlyCut(const std::vector<Cut>& cuts,
                           const std::vector<const HeldPurpose*>& serving,
                           bool minimum_triggered) {
  Group group;
  bool terminated = false;
  for (const Cut& cut : cuts) {
    if (!cut.purpose.empty()) continue;  // a consent ends only the group of its purpose
    terminated |= cut.rule != nullptr;
    group.cuts.push_back(cut);
  }
  if (group.cuts.empty()) return {};
  const auto by_day = [](const Cut& a, const Cut& b) { return a.day < b.day; };
  const auto by_use = [](const Cut& a, const Cut& b) { return a.use_ends < b.use_ends; };
  const Cut& first = *std::min_element(group.cuts.begin(), group.cuts.end(), by_use);
  if (!terminated) {
    const bool was_held =
        std::any_of(serving.begin(), serving.end(),
                    [&](const HeldPurpose* purpose) { return purpose->RunsAt(first.at); });
    if (minimum_triggered || !was_held) return {};
  }
  group.last_day = std::min_element(group.cuts.begin(), group.cuts.end(), by_day)->day;
  group.use_ends = first.use_ends;
  group.erase_from = group.last_day;
  return {group};
}

}  // namespace

std::vector<Cut> FindCuts(const FittingRules& fitting, const RecordFacts& facts,
                          absl::Time as_of) {
  std::vector<Cut> cuts;
  for (const Rule* rule : fitting.terminators) {
    const std::optional<RuleEnd> end = EndOf(*rule, facts, as_of);
    if (!end) continue;
    cuts.push_back({rule->id, rule, "", end->clock_at, end->last_day,
                    IsOwnAct(*rule->clock) ? end->clock_at : calendar::EndOfDay(end->last_day)});
  }
  for (const RecordEvent& event : facts.events) {
    if (event.at > as_of) continue;
    if (event.type == EventType::kErasureGranted) cuts.push_back(OwnAct("erasure", event));
    if (event.type == EventType::kObjectionUpheld) {
      cuts.push_back(OwnAct("objection_upheld", event));
    }
    if (event.type == EventType::kConsentWithdrawn && !event.purpose.empty()) {
      cuts.push_back(OwnAct("consent_withdrawn", event));
    }
  }
  for (Cut& cut : cuts) {
    if (cut.by != "consent_withdrawn") cut.purpose.clear();
  }
  return cuts;
}

std::vector<Group> FindGroups(const RetentionModel& model, const FittingRules& fitting,
                              const std::vector<Cut>& cuts,
                              const std::vector<const HeldPurpose*>& serving,
                              const RecordFacts& facts, absl::Time as_of,
                              bool minimum_triggered) {
  std::map<std::string, std::vector<RuleEnd>> by_purpose;
  for (const Rule* rule : fitting.running) {
    if (const std::optional<RuleEnd> end = EndOf(*rule, facts, as_of)) {
      by_purpose[rule->purpose.value_or("")].push_back(*end);
    }
  }
  if (by_purpose.empty()) return OnlyCut(cuts, serving, minimum_triggered);
  std::vector<Group> groups;
  for (const auto& [purpose, ends] : by_purpose) {
    groups.push_back(GroupOf(purpose, ends));
    groups.back().claims_only = model.IsClaimsPurpose(purpose);
    ApplyCuts(groups.back(), cuts, facts.claims_need_recorded, as_of);
  }
  return groups;
}

}  // namespace varsam::retention
