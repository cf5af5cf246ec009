#include "services/retention/domain/nothing_left.h"

#include <algorithm>
#include <tuple>

#include "libs/calendar/stockholm.h"
#include "services/retention/domain/field_facts.h"
#include "services/retention/domain/plan_erasure.h"

namespace varsam::retention {
namespace {

constexpr char kClaimsLaw[] = "Art. 17(3)(e)";
constexpr char kRestrictionLaw[] = "Art. 18(1)(b)-(c)";
// Who the person is, as the registry keeps it.
constexpr char kIdentitySystem[] = "subject_registry", kIdentity[] = "identity";

bool HoldStands(const PersonRecords& records, const std::vector<Hold>& holds) {
  return std::any_of(holds.begin(), holds.end(), [&](const Hold& hold) {
    if (hold.released_at) return false;
    const std::vector<SubjectId>& named = hold.scope.subjects;
    if (std::find(named.begin(), named.end(), records.person.id) != named.end()) return true;
    return std::any_of(records.fields.begin(), records.fields.end(),
                       [&](const Field& field) { return Covers(hold.scope, field); });
  });
}

bool RestrictionStands(const Person& person, absl::Time now) {
  return std::any_of(person.restrictions.begin(), person.restrictions.end(),
                     [&](const PersonRestriction& one) { return one.restriction.InForceAt(now); });
}

// Rule and law of the last day that the law or a maximum gives.
void NameLaw(const RetentionAnswer& answer, std::string_view code,
             std::optional<calendar::LocalDay> day, ErasureResidue& residue) {
  for (const RetentionStep& step : answer.steps) {
    if (step.code != code || step.date != day) continue;
    residue.reference = step.law.empty() ? step.rule : step.law;
    return;
  }
}

ErasureResidue WhyKept(const Field& field, const RetentionAnswer& answer, absl::Time now) {
  ErasureResidue residue{field.key.system, field.key.category, "PURPOSE_RUNNING", "", ""};
  if (answer.retain_until) residue.retain_until = answer.retain_until->ToString();
  if (answer.status == RetentionStatus::kHeld) {
    residue.code = NameOf(KeepReason::kLegalClaims);
    residue.reference = kClaimsLaw;
  } else if (answer.erasure_blocked) {
    residue.code = NameOf(KeepReason::kRestriction);
    residue.reference = kRestrictionLaw;
    residue.retain_until.clear();
  } else if (answer.status == RetentionStatus::kIndefinite) {
    residue.code = NameOf(KeepReason::kSuppression);
  } else if (answer.status == RetentionStatus::kRunning) {
    return residue;
  } else if (!answer.retain_until || *answer.retain_until < calendar::LocalDayOf(now)) {
    residue.code = "NOT_ERASED";
  } else if (answer.must_until == answer.retain_until) {
    residue.code = NameOf(KeepReason::kLegalObligation);
    NameLaw(answer, "MINIMUM", answer.must_until, residue);
  } else {
    residue.code = "RETENTION_PERIOD";
    NameLaw(answer, "MAXIMUM", answer.may_until, residue);
  }
  return residue;
}

auto KeyOf(const ErasureResidue& one) {
  return std::tie(one.system, one.category, one.code, one.reference, one.retain_until);
}

}  // namespace

std::vector<std::string> UnknownSystems(const Catalogue& catalogue, const PersonRecords& records,
                                        const HeardSystems& heard) {
  std::set<std::string> kinds, placed, systems;
  for (const Field& field : records.fields) {
    kinds.insert(field.subject_categories.begin(), field.subject_categories.end());
  }
  for (const KindsInSystems& context : catalogue.model.contexts) {
    for (const std::string& kind : context.subject_categories) {
      if (!kinds.contains(kind)) continue;
      placed.insert(kind);
      systems.insert(context.systems.begin(), context.systems.end());
    }
  }
  if (kinds.empty() || placed.size() < kinds.size()) {
    for (const SystemFields& system : catalogue.model.systems) systems.insert(system.id);
  }
  std::vector<std::string> unknown;
  for (const std::string& system : systems) {
    if (!heard.contains(system)) unknown.push_back(system);
  }
  return unknown;
}

std::vector<ErasureResidue> ResidueOf(const Catalogue& catalogue, const PersonRecords& records,
                                      const std::vector<Hold>& holds, const HeardSystems& heard,
                                      absl::Time now) {
  std::vector<ErasureResidue> residue;
  for (const Field& field : records.fields) {
    if (field.disposed_at) continue;
    const RetentionAnswer answer =
        AnswerFor(catalogue, field, FactsOf(catalogue, records.person, field, holds), now);
    residue.push_back(WhyKept(field, answer, now));
  }
  for (std::string& system : UnknownSystems(catalogue, records, heard)) {
    residue.push_back({std::move(system), "", "SYSTEM_UNKNOWN", "", ""});
  }
  if (HoldStands(records, holds)) {
    residue.push_back({kIdentitySystem, kIdentity, std::string(NameOf(KeepReason::kLegalClaims)),
                       kClaimsLaw, ""});
  } else if (RestrictionStands(records.person, now)) {
    residue.push_back({kIdentitySystem, kIdentity, std::string(NameOf(KeepReason::kRestriction)),
                       kRestrictionLaw, ""});
  }
  std::sort(residue.begin(), residue.end(),
            [](const auto& a, const auto& b) { return KeyOf(a) < KeyOf(b); });
  residue.erase(std::unique(residue.begin(), residue.end(),
                            [](const auto& a, const auto& b) { return KeyOf(a) == KeyOf(b); }),
                residue.end());
  return residue;
}

bool HasLivingField(const PersonRecords& records) {
  return std::any_of(records.fields.begin(), records.fields.end(),
                     [](const Field& field) { return !field.disposed_at; });
}

bool NothingLeft(const Catalogue& catalogue, const PersonRecords& records,
                 const std::vector<Hold>& holds, const HeardSystems& heard, absl::Time now) {
  const std::vector<ErasureGrant>& cases = records.person.erasures;
  return !HasLivingField(records) && !HoldStands(records, holds) &&
         !RestrictionStands(records.person, now) &&
         std::none_of(cases.begin(), cases.end(),
                      [](const ErasureGrant& one) { return one.open; }) &&
         UnknownSystems(catalogue, records, heard).empty();
}

}  // namespace varsam::retention
