#include "services/retention/domain/fitting_rules.h"

#include <algorithm>

namespace varsam::retention {
namespace {

bool Has(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

template <typename T>
bool Matches(const std::optional<T>& wanted, const std::optional<T>& flag) {
  return !wanted || wanted == flag;
}

bool FitsRecord(const Rule& rule, const RecordFacts& facts, const RetainUntil& ask) {
  if (rule.system != ask.system) return false;
  if (ask.system == kPlatform) return rule.id == ask.field;
  return rule.Covers(ask.field) &&
         (!rule.subject || Has(facts.subject_categories, *rule.subject)) &&
         Matches(rule.when.origin, facts.flags.origin) &&
         Matches(rule.when.customer, facts.flags.customer) &&
         Matches(rule.when.contacted, facts.flags.contacted) &&
         Matches(rule.when.source, facts.flags.source);
}

bool HasRuleOfItsOwn(const RetentionModel& model, const HeldPurpose& purpose,
                     const RetainUntil& ask) {
  return std::any_of(model.rules.begin(), model.rules.end(), [&](const Rule& rule) {
    return rule.system == ask.system && rule.purpose == purpose.purpose && rule.Covers(ask.field);
  });
}

bool ServesPurpose(const RetentionModel& model, const Rule& rule, const RetainUntil& ask,
                   const std::vector<const HeldPurpose*>& serving) {
  if (ask.system == kPlatform) return true;
  return std::any_of(serving.begin(), serving.end(), [&](const HeldPurpose* purpose) {
    return rule.purpose ? purpose->purpose == *rule.purpose
                        : !HasRuleOfItsOwn(model, *purpose, ask);
  });
}

}  // namespace

bool IsMapped(const RetentionModel& model, const RetainUntil& ask) {
  if (ask.system == kPlatform) return true;
  const SystemFields* system = model.FindSystem(ask.system);
  return system != nullptr && Has(system->fields, ask.field);
}

std::vector<const HeldPurpose*> ServingPurposes(const RetentionModel& model,
                                                const RecordFacts& facts, const RetainUntil& ask) {
  std::vector<const HeldPurpose*> serving;
  const SystemFields* system = model.FindSystem(ask.system);
  if (system == nullptr) return serving;
  for (const HeldPurpose& held : facts.purposes) {
    const PurposeData* purpose = model.FindPurpose(held.purpose);
    if (purpose != nullptr && Has(system->purposes, held.purpose) &&
        Has(purpose->data, ask.field)) {
      serving.push_back(&held);
    }
  }
  return serving;
}

FittingRules FindFittingRules(const RetentionModel& model, const RecordFacts& facts,
                              const RetainUntil& ask,
                              const std::vector<const HeldPurpose*>& serving) {
  FittingRules fitting;
  for (const Rule& rule : model.rules) {
    if (!rule.keep || !rule.clock || !FitsRecord(rule, facts, ask)) continue;
    if (rule.IsTerminator()) {
      fitting.terminators.push_back(&rule);
    } else if (rule.must) {
      fitting.minima.push_back(&rule);
    } else if (ServesPurpose(model, rule, ask, serving)) {
      fitting.running.push_back(&rule);
    }
  }
  return fitting;
}

}  // namespace varsam::retention
