#include "services/retention/domain/simulate_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/calendar/stockholm.h"
#include "services/retention/domain/field_facts.h"

namespace varsam::retention {
namespace {

using calendar::LocalDay;

// The period of a rule as it holds at an instant, for what is collected then.
calendar::Period KeepAt(const Catalogue& catalogue, const Rule& rule, absl::Time at) {
  calendar::Period keep = *rule.keep;
  absl::Time latest = absl::InfinitePast();
  for (const RuleChange& change : catalogue.changes) {
    if (change.rule != rule.id || change.effective_at > at) continue;
    if (change.effective_at < latest) continue;
    keep = change.keep;
    latest = change.effective_at;
  }
  return keep;
}

RuleSentence SentenceOf(const Rule& rule, calendar::Period before, calendar::Period after) {
  const ClockWords clock = WordsFor(*rule.clock);
  const auto sv = [&](calendar::Period keep) {
    return keep.count == 0
               ? absl::StrCat("Uppgifterna sparas inte efter det att ", clock.sv, ".")
               : absl::StrCat("Uppgifterna sparas ", calendar::InSwedish(keep), " räknat från: ",
                              clock.sv, ".");
  };
  const auto en = [&](calendar::Period keep) {
    return keep.count == 0
               ? absl::StrCat("The data is not kept after ", clock.en, ".")
               : absl::StrCat("The data is kept for ", calendar::InEnglish(keep), " from: ",
                              clock.en, ".");
  };
  return {rule.id, rule.law, sv(before), sv(after), en(before), en(after)};
}

bool IsDueOn(const RetentionAnswer& answer, LocalDay today) {
  if (answer.disposition == Disposition::kEraseNow) return true;
  return answer.status == RetentionStatus::kDated && *answer.retain_until < today;
}

std::string HeldBy(const std::vector<Hold>& holds, const Field& field, absl::Time as_of) {
  for (const Hold& hold : holds) {
    const bool open = hold.set_at <= as_of && (!hold.released_at || *hold.released_at > as_of);
    if (open && Covers(hold.scope, field)) return hold.matter;
  }
  return "";
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SystemsOf(const SimulateRules& ask,
                                                   const Catalogue& catalogue) {
  std::vector<std::string> systems;
  for (const RuleChange& change : ask.changes) {
    const Rule* rule = catalogue.model.FindRule(change.rule);
    if (rule == nullptr || !rule->keep || !rule->clock) {
      return InvalidField("changes.rule",
                          absl::StrCat(change.rule, ": no such rule with a period"));
    }
    systems.push_back(rule->system);
  }
  std::sort(systems.begin(), systems.end());
  systems.erase(std::unique(systems.begin(), systems.end()), systems.end());
  return systems;
}

Simulation Simulate(const SimulateRules& ask, const Catalogue& catalogue,
                    const std::vector<PersonRecords>& people, const std::vector<Hold>& holds) {
  Catalogue changed = catalogue;
  changed.changes.insert(changed.changes.end(), ask.changes.begin(), ask.changes.end());
  Simulation simulation;
  for (const RuleChange& change : ask.changes) {
    const Rule& rule = *catalogue.model.FindRule(change.rule);
    simulation.sentences.push_back(
        SentenceOf(rule, KeepAt(catalogue, rule, change.effective_at), change.keep));
  }
  const LocalDay today = calendar::LocalDayOf(ask.as_of);
  for (const PersonRecords& one : people) {
    ++simulation.people_seen;
    bool reached = false;
    for (const Field& field : one.fields) {
      if (field.disposed_at) continue;
      const RetentionAnswer before = AnswerFor(
          catalogue, field, UnheldFactsOf(catalogue, one.person, field), ask.as_of);
      const RetentionAnswer after =
          AnswerFor(changed, field, UnheldFactsOf(changed, one.person, field), ask.as_of);
      if (before.retain_until == after.retain_until) continue;
      reached = true;
      SimulatedField found{field.key, before.retain_until, after.retain_until, false, ""};
      ++(after.retain_until < before.retain_until ? simulation.fields_earlier
                                                  : simulation.fields_later);
      found.newly_due = IsDueOn(after, today) && !IsDueOn(before, today);
      if (found.newly_due) {
        found.blocked_by = HeldBy(holds, field, ask.as_of);
        ++(found.blocked_by.empty() ? simulation.fields_newly_due : simulation.fields_blocked);
      }
      if (simulation.fields.size() < kSimulatedFieldsMax) {
        simulation.fields.push_back(std::move(found));
      }
    }
    simulation.people_reached += reached ? 1 : 0;
  }
  return simulation;
}

}  // namespace varsam::retention
