#include "services/retention/domain/rule_end.h"

#include <algorithm>
#include <vector>

#include "libs/base/check.h"
#include "libs/calendar/stockholm.h"

namespace varsam::retention {
namespace {

// The changes of one rule that exist at `as_of`, earliest first. Of one instant the change that
// ends a period from `from` first comes last and so decides (7-T3): the order of the list never
// matters.
std::vector<const RuleChange*> ChangesOf(const Rule& rule, const RecordFacts& facts,
                                         calendar::LocalDay from, absl::Time as_of) {
  std::vector<const RuleChange*> changes;
  for (const RuleChange& change : facts.rule_changes) {
    if (change.rule == rule.id && change.effective_at <= as_of) changes.push_back(&change);
  }
  std::sort(changes.begin(), changes.end(), [from](const RuleChange* a, const RuleChange* b) {
    if (a->effective_at != b->effective_at) return a->effective_at < b->effective_at;
    return calendar::AddPeriod(from, a->keep) > calendar::AddPeriod(from, b->keep);
  });
  return changes;
}

}  // namespace

std::optional<absl::Time> ClockAt(Clock clock, const RecordFacts& facts, absl::Time as_of) {
  std::optional<absl::Time> latest;
  for (const RecordEvent& event : facts.events) {
    if (event.type != EventType::kClock || event.clock != clock) continue;
    if (event.at > as_of && !MayBePlanned(clock)) continue;
    if (!latest || event.at > *latest) latest = event.at;
  }
  return latest;
}

std::optional<RuleEnd> EndOf(const Rule& rule, const RecordFacts& facts, absl::Time as_of) {
  VARSAM_CHECK(rule.clock && rule.keep) << "rule " << rule.id << " has no clock or no period";
  const std::optional<absl::Time> clock_at = ClockAt(*rule.clock, facts, as_of);
  if (!clock_at) return std::nullopt;
  calendar::LocalDay from = calendar::LocalDayOf(*clock_at);
  if (rule.round_to_year_end) from = calendar::LocalDay::Of(from.year(), 12, 31);

  // A record is under the text in force when it was collected; a change at that very instant comes
  // after it.
  const std::vector<const RuleChange*> changes = ChangesOf(rule, facts, from, as_of);
  RuleEnd end;
  end.rule = &rule;
  end.clock_at = *clock_at;
  end.keep = *rule.keep;
  for (const RuleChange* change : changes) {
    if (change->effective_at < facts.collected_at) end.keep = change->keep;
  }
  end.last_day = calendar::AddPeriod(from, end.keep);
  end.use_ends = calendar::EndOfDay(end.last_day);
  end.erase_from = end.last_day;
  // Later changes apply only if they shorten, and never before they took effect.
  for (const RuleChange* change : changes) {
    if (change->effective_at < facts.collected_at) continue;
    const calendar::LocalDay shorter = calendar::AddPeriod(from, change->keep);
    if (shorter >= end.last_day) continue;
    end.use_ends =
        std::min(end.use_ends, std::max(calendar::EndOfDay(shorter), change->effective_at));
    end.erase_from =
        std::min(end.erase_from, std::max(shorter, calendar::LocalDayOf(change->effective_at)));
    end.keep = change->keep;
    end.last_day = shorter;
    end.shortened_at = change->effective_at;
  }
  return end;
}

}  // namespace varsam::retention
