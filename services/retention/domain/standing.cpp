#include "services/retention/domain/standing.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "libs/calendar/stockholm.h"
#include "services/retention/domain/field_facts.h"

namespace varsam::retention {
namespace {

using calendar::LocalDay;

std::optional<LocalDay> DueDay(const RetentionAnswer& answer, absl::Time at) {
  if (answer.status == RetentionStatus::kDated) return *answer.retain_until + 1;
  if (answer.disposition == Disposition::kEraseNow) return calendar::LocalDayOf(at);
  return std::nullopt;
}

// The instants ahead at which an answer may change by itself.
std::vector<absl::Time> TurningPoints(const RecordFacts& facts, absl::Time now) {
  std::vector<absl::Time> points;
  const auto add = [&](absl::Time at) {
    if (at > now && at != absl::InfiniteFuture()) points.push_back(at);
  };
  for (const HeldPurpose& purpose : facts.purposes) {
    if (purpose.ended_at) add(*purpose.ended_at);
  }
  for (const RuleChange& change : facts.rule_changes) add(change.effective_at);
  for (const RecordEvent& event : facts.events) add(event.at);
  return points;
}

}  // namespace

Standing ComputeStanding(const Catalogue& catalogue, const Person& person, const Field& field,
                         absl::Time now) {
  const RecordFacts facts = UnheldFactsOf(catalogue, person, field);
  const RetentionAnswer answer = AnswerFor(catalogue, field, facts, now, false);
  Standing standing;
  standing.generation = catalogue.GenerationAt(now);
  standing.status = answer.status;
  standing.may_until = answer.may_until;
  standing.must_until = answer.must_until;
  standing.retain_until = answer.retain_until;
  standing.due_on = DueDay(answer, now);
  for (absl::Time point : TurningPoints(facts, now)) {
    const auto due = DueDay(AnswerFor(catalogue, field, facts, point, false), point);
    if (!due) continue;
    const LocalDay day = std::max(*due, calendar::LocalDayOf(point));
    standing.due_on = std::min(standing.due_on.value_or(day), day);
  }
  return standing;
}

std::vector<CategoryLimit> LimitsOf(const std::vector<Field>& fields) {
  struct Gathered {
    CategoryLimit limit;
    bool unlimited = false;
  };
  std::map<std::string, Gathered> gathered;
  for (const Field& field : fields) {
    if (field.disposed_at) continue;
    Gathered& one = gathered[field.key.category];
    const Standing& standing = field.standing;
    one.unlimited |= standing.status == RetentionStatus::kRunning ||
                     standing.status == RetentionStatus::kIndefinite;
    one.limit.may_until = std::max(one.limit.may_until, standing.may_until);
    one.limit.must_until = std::max(one.limit.must_until, standing.must_until);
  }
  std::vector<CategoryLimit> limits;
  for (auto& [category, one] : gathered) {
    one.limit.category = category;
    if (one.unlimited) {
      one.limit.may_until.reset();
    } else if (!one.limit.may_until) {
      one.limit.may_until = kNoOrdinaryUse;
    }
    limits.push_back(std::move(one.limit));
  }
  return limits;
}

std::string LimitsText(const std::vector<CategoryLimit>& limits) {
  std::string text;
  for (const CategoryLimit& limit : limits) {
    absl::StrAppend(&text, limit.category, ":", limit.may_until ? limit.may_until->ToString() : "",
                    ":", limit.must_until ? limit.must_until->ToString() : "", ";");
  }
  return text;
}

bool Recompute(const Catalogue& catalogue, absl::Time now, PersonRecords& records) {
  for (Field& field : records.fields) {
    if (field.disposed_at) continue;
    field.standing = ComputeStanding(catalogue, records.person, field, now);
  }
  std::string text = LimitsText(LimitsOf(records.fields));
  if (text == records.person.limits) return false;
  records.person.limits = std::move(text);
  return true;
}

}  // namespace varsam::retention
