#include "services/retention/domain/plan_disposal.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/strings.h"
#include "libs/calendar/stockholm.h"
#include "services/retention/domain/field_facts.h"

namespace varsam::retention {
namespace {

using calendar::LocalDay;

constexpr bool kInWords = false;

bool IsDue(const RetentionAnswer& answer, LocalDay today) {
  if (answer.disposition == Disposition::kEraseNow) return true;
  return answer.status == RetentionStatus::kDated && *answer.retain_until < today;
}

bool LeftToCase(const Person& person, const Field& field, absl::Time as_of) {
  return std::any_of(person.erasures.begin(), person.erasures.end(), [&](const ErasureGrant& one) {
    return one.open && one.at >= field.collected_at && one.at <= as_of &&
           as_of < one.at + absl::Hours(24 * kErasureCaseDaysMax);
  });
}

std::string MatterAgainst(const std::vector<Hold>& holds, const Field& field, absl::Time as_of) {
  for (const Hold& hold : holds) {
    const bool open = hold.set_at <= as_of && (!hold.released_at || *hold.released_at > as_of);
    if (open && Covers(hold.scope, field)) return hold.matter;
  }
  return "";
}

std::string_view NameOf(RestrictionGround ground) {
  switch (ground) {
    case RestrictionGround::kAccuracy:
      return "accuracy";
    case RestrictionGround::kUnlawful:
      return "unlawful";
    case RestrictionGround::kClaims:
      return "claims";
    case RestrictionGround::kObjectionPending:
      return "objection_pending";
  }
  return "";
}

std::string RestrictionAgainst(const Person& person, absl::Time as_of) {
  for (const PersonRestriction& one : person.restrictions) {
    if (one.restriction.InForceAt(as_of)) {
      return absl::StrCat("restriction: ", ToAbsl(NameOf(one.restriction.ground)));
    }
  }
  return "";
}

struct Found {
  RetentionAnswer answer;
  std::string blocked_by;
};

// nullopt: nothing to do with the field.
std::optional<Found> Judge(const Catalogue& catalogue, const Person& person, const Field& field,
                           const std::vector<Hold>& holds, absl::Time as_of) {
  if (field.disposed_at || field.item || LeftToCase(person, field, as_of)) return std::nullopt;
  const LocalDay today = calendar::LocalDayOf(as_of);
  RetentionAnswer unheld =
      AnswerFor(catalogue, field, UnheldFactsOf(catalogue, person, field), as_of, kInWords);
  if (!IsDue(unheld, today)) return std::nullopt;
  const bool stands = !person.restrictions.empty() ||
                      std::any_of(holds.begin(), holds.end(),
                                  [&](const Hold& hold) { return Covers(hold.scope, field); });
  if (!stands) return Found{std::move(unheld), ""};
  const RetentionAnswer held =
      AnswerFor(catalogue, field, FactsOf(catalogue, person, field, holds), as_of, kInWords);
  if (held.status == RetentionStatus::kHeld) {
    return Found{std::move(unheld), MatterAgainst(holds, field, as_of)};
  }
  if (!IsDue(held, today)) return std::nullopt;  // a hold ended today: tomorrow
  Found found{std::move(unheld), ""};
  if (held.erasure_blocked) found.blocked_by = RestrictionAgainst(person, as_of);
  if (held.retain_until) found.answer.retain_until = held.retain_until;
  return found;
}

bool EndsByInactivity(const RetentionAnswer& answer) {
  if (answer.disposition == Disposition::kEraseNow) return false;
  if (answer.rule != nullptr) return answer.rule->clock && CountsInactivity(*answer.rule->clock);
  // Several rules: any of them.
  return std::any_of(answer.steps.begin(), answer.steps.end(), [&](const RetentionStep& step) {
    const auto clock = ClockOf(step.clock);
    return step.date == answer.retain_until && clock && CountsInactivity(*clock);
  });
}

// The step that fixed the date names rule and law when several did.
void NameRule(const RetentionAnswer& answer, DisposalItem& item) {
  if (answer.rule != nullptr) {
    item.rule = answer.rule->id;
    item.reference = answer.rule->law;
    return;
  }
  item.rule = answer.decided_by;
  for (const RetentionStep& step : answer.steps) {
    if (step.rule.empty() || step.date != answer.retain_until) continue;
    if (item.rule.empty()) item.rule = step.rule;
    item.reference = step.law;
    return;
  }
}

using GroupKey = std::tuple<std::string, std::string, SubjectId, std::string, std::string>;

void AddTo(std::map<GroupKey, DisposalItem>& groups, const Catalogue& catalogue, const Field& field,
           const Found& found) {
  const std::string method = MethodOf(catalogue, found.answer);
  DisposalItem& item =
      groups[{field.key.system, field.key.record_key, field.key.subject, method, found.blocked_by}];
  if (item.data_categories.empty()) {
    item.subject = field.key.subject;
    item.system = field.key.system;
    item.record_key = field.key.record_key;
    item.method = method;
    item.blocked_by = found.blocked_by;
    item.state = found.blocked_by.empty() ? DisposalState::kDue : DisposalState::kBlocked;
    NameRule(found.answer, item);
  }
  item.data_categories.push_back(field.key.category);
  item.retain_until = std::max(item.retain_until, found.answer.retain_until);
}

void Summarise(DisposalPlan& plan) {
  std::set<SubjectId> people;
  for (DisposalItem& item : plan.items) {
    std::sort(item.data_categories.begin(), item.data_categories.end());
    if (item.state == DisposalState::kDue) {
      ++plan.due_items;
      people.insert(item.subject);
    } else {
      ++plan.blocked_items;
    }
    absl::StrAppend(&plan.text, item.system, "\t", item.record_key, "\t", item.subject.ToString(),
                    "\t", item.method, "\t", item.blocked_by, "\t",
                    absl::StrJoin(item.data_categories, ","), "\n");
  }
  plan.due_people = static_cast<uint32_t>(people.size());
}

}  // namespace

DisposalPlan PlanDisposals(const Catalogue& catalogue, const std::vector<PersonRecords>& people,
                           const std::vector<Hold>& holds, absl::Time as_of,
                           const std::vector<std::string>& systems, const HeardSystems& silent) {
  std::map<GroupKey, DisposalItem> groups;
  for (const PersonRecords& one : people) {
    for (const Field& field : one.fields) {
      const bool wanted = systems.empty() || std::find(systems.begin(), systems.end(),
                                                       field.key.system) != systems.end();
      if (!wanted) continue;
      std::optional<Found> found = Judge(catalogue, one.person, field, holds, as_of);
      if (found && found->blocked_by.empty() && silent.contains(field.key.system) &&
          EndsByInactivity(found->answer)) {
        found->blocked_by = kSystemSilent;
      }
      if (found) AddTo(groups, catalogue, field, *found);
    }
  }
  DisposalPlan plan;
  for (auto& [key, item] : groups) plan.items.push_back(std::move(item));
  Summarise(plan);
  return plan;
}

}  // namespace varsam::retention
