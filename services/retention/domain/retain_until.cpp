#include "services/retention/domain/retain_until.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/calendar/holidays.h"
#include "libs/calendar/stockholm.h"
#include "services/retention/domain/fitting_rules.h"
#include "services/retention/domain/groups.h"
#include "services/retention/domain/holds.h"

namespace varsam::retention {
namespace {

using calendar::LocalDay;

// Everything between the rules and the answer.
struct Composition {
  std::vector<const HeldPurpose*> serving;
  std::vector<Group> groups;
  std::vector<RuleEnd> minima;
  HoldState holds;
  bool in_words = true;
};

Composition Compose(const RetentionModel& model, const RecordFacts& facts, const RetainUntil& ask) {
  Composition composition;
  composition.in_words = ask.in_words;
  composition.serving = ServingPurposes(model, facts, ask);
  const FittingRules fitting = FindFittingRules(model, facts, ask, composition.serving);
  for (const Rule* rule : fitting.minima) {
    if (const auto end = EndOf(*rule, facts, ask.as_of)) composition.minima.push_back(*end);
  }
  composition.groups =
      FindGroups(model, fitting, FindCuts(fitting, facts, ask.as_of), composition.serving, facts,
                 ask.as_of, !composition.minima.empty());
  composition.holds = HoldsAt(facts, ask.as_of);
  return composition;
}

// May_until, must_until and the end of use (step 7).
void SetLimits(const Composition& composition, RetentionAnswer& answer) {
  for (const Group& group : composition.groups) {
    answer.may_until = std::max(answer.may_until, std::optional(group.last_day));
    answer.use_denied_from = std::max(answer.use_denied_from, std::optional(group.use_ends));
    ExplainGroup(group, composition.in_words, answer.steps);
  }
  for (const RuleEnd& end : composition.minima) {
    answer.must_until = std::max(answer.must_until, std::optional(end.last_day));
    ExplainMinimum(end, composition.in_words, answer.steps);
  }
}

// Who gave that day; a rule is remembered, so that its action can be told.
void CollectDeciders(const Composition& composition, LocalDay day, std::set<std::string>& names,
                     std::set<const Rule*>& rules) {
  for (const RuleEnd& end : composition.minima) {
    if (end.last_day != day) continue;
    names.insert(end.rule->id);
    rules.insert(end.rule);
  }
  for (const Group& group : composition.groups) {
    if (group.last_day != day) continue;
    for (const RuleEnd& end : group.winners) {
      if (end.last_day != day) continue;
      names.insert(end.rule->id);
      rules.insert(end.rule);
    }
    if (group.spared) continue;
    for (const Cut& cut : group.cuts) {
      if (cut.day != day) continue;
      names.insert(cut.by);
      rules.insert(cut.rule);
    }
  }
}

// Retain_until, erase_by and what decided them (step 9).
void SetDates(const Composition& composition, RetentionAnswer& answer) {
  const LocalDay computed = *std::max(answer.may_until, answer.must_until);
  std::set<std::string> names;
  std::set<const Rule*> rules;
  CollectDeciders(composition, computed, names, rules);
  if (names.size() == 1) answer.decided_by = *names.begin();
  if (rules.size() == 1) answer.rule = *rules.begin();
  answer.status = RetentionStatus::kDated;
  answer.retain_until = computed;
  if (answer.rule != nullptr && answer.rule->notify_before) {
    answer.notify_on = calendar::SubtractPeriod(computed, *answer.rule->notify_before);
  }
  LocalDay erase_from = computed;
  for (const Group& group : composition.groups) {
    erase_from = std::max(erase_from, group.erase_from);
  }
  for (const RuleEnd& end : composition.minima) erase_from = std::max(erase_from, end.erase_from);
  if (composition.holds.last_release) {
    const LocalDay released = calendar::LocalDayOf(*composition.holds.last_release);
    if (released > computed) {
      answer.retain_until = released;
      answer.decided_by = "hold_release";
      answer.notify_on.reset();
      ExplainFact(
          "HOLD_RELEASED", released,
          absl::StrCat("Bevarandespärren hävdes ", calendar::InSwedish(released), "."),
          absl::StrCat("The legal hold was released on ", calendar::InEnglish(released), "."),
          answer.steps);
    }
  }
  erase_from = std::max(erase_from, *answer.retain_until);
  answer.erase_by = erase_from + kErasureDaysMax;
  if (!composition.in_words) return;
  ExplainFact(
      "RETAIN_UNTIL", answer.retain_until,
      absl::StrCat("Sparas till och med ", calendar::InSwedish(*answer.retain_until),
                   " och gallras senast ", calendar::InSwedish(*answer.erase_by), "."),
      absl::StrCat("Kept until ", calendar::InEnglish(*answer.retain_until),
                   " inclusive and disposed of by ", calendar::InEnglish(*answer.erase_by), "."),
      answer.steps);
}

void SetUndated(const Composition& composition, absl::Time as_of, RetentionAnswer& answer) {
  const bool runs = std::any_of(composition.serving.begin(), composition.serving.end(),
                                [&](const HeldPurpose* purpose) { return purpose->RunsAt(as_of); });
  if (runs) {
    answer.status = RetentionStatus::kRunning;
    ExplainFact("RUNNING", std::nullopt,
                "Ett ändamål använder uppgiften och ingen tid har börjat löpa.",
                "A purpose uses the field and no period has started.", answer.steps);
    return;
  }
  answer.status = RetentionStatus::kNoRule;
  answer.codes.no_rule = true;
  answer.disposition = Disposition::kEraseNow;
  ExplainFact("NO_RULE", std::nullopt, "Inget ändamål och ingen regel ger stöd: gallras nu.",
              "No purpose and no rule supports keeping it: dispose of it now.", answer.steps);
}

void SetStatus(const Composition& composition, absl::Time as_of, RetentionAnswer& answer) {
  if (composition.holds.open) {
    answer.status = RetentionStatus::kHeld;
    answer.erasure_blocked = true;
    ExplainFact("HELD", std::nullopt, "En bevarandespärr gäller: inget gallras.",
                "A legal hold is open: nothing is disposed of.", answer.steps);
  } else if (answer.may_until || answer.must_until) {
    SetDates(composition, answer);
  } else {
    SetUndated(composition, as_of, answer);
  }
}

void SetReaders(const Composition& composition, absl::Time as_of, RetentionAnswer& answer) {
  Readers& readers = answer.readers;
  readers.ordinary = answer.status == RetentionStatus::kRunning;
  readers.claims = composition.holds.open;
  for (const Group& group : composition.groups) {
    if (as_of < group.use_ends) (group.claims_only ? readers.claims : readers.ordinary) = true;
  }
  readers.legal = answer.must_until && calendar::LocalDayOf(as_of) <= *answer.must_until;
}

void SetErasureCodes(const Composition& composition, const RecordFacts& facts, absl::Time as_of,
                     RetentionAnswer& answer) {
  for (const RecordEvent& event : facts.events) {
    if (event.type != EventType::kErasureGranted || event.at > as_of) continue;
    const LocalDay granted = calendar::LocalDayOf(event.at);
    if (answer.must_until && *answer.must_until > granted) answer.codes.legal_obligation = true;
    if (composition.holds.open) answer.codes.legal_claims = true;
    for (const Group& group : composition.groups) {
      if (group.claims_only && group.last_day > granted) answer.codes.legal_claims = true;
    }
  }
}

void ApplyRestrictions(const RecordFacts& facts, absl::Time as_of, RetentionAnswer& answer) {
  for (const RecordRestriction& restriction : facts.restrictions) {
    if (!restriction.InForceAt(as_of)) continue;
    answer.readers.ordinary = false;
    const bool needed = restriction.ground == RestrictionGround::kUnlawful ||
                        restriction.ground == RestrictionGround::kClaims;
    if (!needed) continue;
    answer.erasure_blocked = true;
    answer.erase_by.reset();
    ExplainFact("RESTRICTED", std::nullopt,
                "Personen har begärt begränsning i stället för radering (art. 18.1 b-c).",
                "The person asked for restriction instead of erasure (Art. 18(1)(b)-(c)).",
                answer.steps);
  }
}

void ApplyNotice(const RecordFacts& facts, absl::Time as_of, RetentionAnswer& answer) {
  if (!facts.source || !facts.source->indirect) return;
  const RecordSource& source = *facts.source;
  const LocalDay last_day =
      calendar::Roll(calendar::AddMonths(calendar::LocalDayOf(source.collected_at), 1));
  const bool given = source.notice_at && *source.notice_at <= as_of;
  if (given && calendar::LocalDayOf(*source.notice_at) <= last_day) return;
  answer.restricted_from = last_day + 1;
  if (given || calendar::LocalDayOf(as_of) <= last_day) return;
  answer.codes.art14_notice_overdue = true;
  answer.readers.ordinary = false;
  ExplainFact("NOTICE_OVERDUE", answer.restricted_from,
              absl::StrCat("Personen skulle ha informerats senast ", calendar::InSwedish(last_day),
                           " (art. 14)."),
              absl::StrCat("The person should have been informed by ",
                           calendar::InEnglish(last_day), " (Art. 14)."),
              answer.steps);
}

RetentionAnswer Unmapped(const RetainUntil& ask) {
  RetentionAnswer answer;
  answer.status = RetentionStatus::kNoRule;
  answer.codes.no_rule = true;
  answer.codes.unmapped_field = true;
  answer.disposition = Disposition::kQuarantine;
  ExplainFact(
      "UNMAPPED_FIELD", std::nullopt,
      absl::StrCat("Fältet ", ask.field, " finns inte i modellen för ", ask.system,
                   ": sätts i karantän."),
      absl::StrCat("The model of ", ask.system, " has no field ", ask.field, ": quarantined."),
      answer.steps);
  return answer;
}

// A hash on the suppression list has no end, only a review of its need (7-R12).
RetentionAnswer Indefinite(const Rule& rule, const RecordFacts& facts, absl::Time as_of) {
  RetentionAnswer answer;
  answer.status = RetentionStatus::kIndefinite;
  answer.readers.legal = true;
  const auto since = ClockAt(rule.clock.value_or(Clock::kUnsubscribed), facts, as_of);
  if (since && rule.review) {
    answer.review_on = calendar::AddPeriod(calendar::LocalDayOf(*since), *rule.review);
  }
  RetentionStep step;
  step.code = "INDEFINITE";
  step.rule = rule.id;
  step.law = rule.law;
  step.date = answer.review_on;
  step.sv = absl::StrCat("Sparas utan slutdatum; behovet prövas återkommande (", rule.law, ").");
  step.en = absl::StrCat("Kept without an end; the need is reviewed (", rule.law, ").");
  answer.steps.push_back(std::move(step));
  return answer;
}

}  // namespace

std::string_view NameOf(RetentionStatus status) {
  switch (status) {
    case RetentionStatus::kRunning:
      return "RUNNING";
    case RetentionStatus::kDated:
      return "DATED";
    case RetentionStatus::kHeld:
      return "HELD";
    case RetentionStatus::kNoRule:
      return "NO_RULE";
    case RetentionStatus::kIndefinite:
      return "INDEFINITE";
  }
  return "";
}

std::vector<std::string> RetentionCodes::Names() const {
  std::vector<std::string> names;
  if (art14_notice_overdue) names.push_back("ART14_NOTICE_OVERDUE");
  if (legal_claims) names.push_back("LEGAL_CLAIMS");
  if (legal_obligation) names.push_back("LEGAL_OBLIGATION");
  if (no_rule) names.push_back("NO_RULE");
  if (unmapped_field) names.push_back("UNMAPPED_FIELD");
  return names;
}

RetentionAnswer ComputeRetainUntil(const RetentionModel& model, const RecordFacts& facts,
                                   const RetainUntil& ask) {
  if (!IsMapped(model, ask)) return Unmapped(ask);
  if (ask.system == kPlatform) {
    const Rule* rule = model.FindRule(ask.field);
    if (rule != nullptr && rule->system == kPlatform && !rule->keep) {
      return Indefinite(*rule, facts, ask.as_of);
    }
  }
  const Composition composition = Compose(model, facts, ask);
  RetentionAnswer answer;
  SetLimits(composition, answer);
  SetStatus(composition, ask.as_of, answer);
  SetReaders(composition, ask.as_of, answer);
  SetErasureCodes(composition, facts, ask.as_of, answer);
  ApplyRestrictions(facts, ask.as_of, answer);
  ApplyNotice(facts, ask.as_of, answer);
  return answer;
}

}  // namespace varsam::retention
