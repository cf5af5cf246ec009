#include "services/retention/domain/grant_erasure.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/retention/domain/backup_clear.h"
#include "services/retention/domain/field_facts.h"

namespace varsam::retention {
namespace {

// What stands without a record key was put there by an earlier plan, not told by the system.
bool HasRecords(const PersonRecords& records, const std::string& system) {
  return std::any_of(records.fields.begin(), records.fields.end(), [&](const Field& field) {
    return field.key.system == system && !field.disposed_at && !field.key.record_key.empty();
  });
}

bool Planned(const PersonRecords& records, const FieldKey& key) {
  return std::any_of(records.fields.begin(), records.fields.end(), [&](const Field& field) {
    return !field.disposed_at && field.key.system == key.system && field.key.record_key.empty() &&
           field.key.category == key.category;
  });
}


bool LawMayWantIt(const RetentionModel& model, const std::string& system,
                  const std::string& category) {
  return std::any_of(model.rules.begin(), model.rules.end(), [&](const Rule& rule) {
    return rule.must && rule.system == system && rule.Covers(category);
  });
}

std::vector<ErasureDecision> PlanFields(const Catalogue& catalogue, const Person& person,
                                        const std::vector<Field>& fields,
                                        const std::vector<Hold>& holds, absl::Time granted_at) {
  varsam::retention::PlanErasure plan{granted_at, {}};
  std::vector<ErasureDecision> decisions;
  for (const Field& field : fields) {
    plan.items.push_back({field.key.system, field.key.category,
                          FactsOf(catalogue, person, field, holds)});
    decisions.push_back({field.key, {}});
  }
  std::vector<ErasurePlanItem> planned = Plan(catalogue.model, plan);
  for (size_t i = 0; i < planned.size(); ++i) decisions[i].planned = std::move(planned[i]);
  return decisions;
}

// Systems that tell of no records (a mailbox, a system without connector) are searched all the
// same: what is found there goes, but for what a law may want kept, since without a record nobody
// can say until when.
// What only a hold keeps back is remembered with the person: the end of the hold then resumes the
// erasure like that of any record.
std::vector<ErasureDecision> PlanUnrecorded(const Catalogue& catalogue,
                                            const std::vector<Hold>& holds, absl::Time granted_at,
                                            PersonRecords& records) {
  std::vector<Field> fields;
  for (const SystemFields& system : catalogue.model.systems) {
    if (HasRecords(records, system.id)) continue;
    for (const std::string& category : system.fields) {
      if (LawMayWantIt(catalogue.model, system.id, category)) continue;
      Field field;
      field.key = {records.person.id, system.id, "", category};
      field.collected_at = granted_at;
      if (!Planned(records, field.key)) fields.push_back(std::move(field));
    }
  }
  std::vector<ErasureDecision> decisions =
      PlanFields(catalogue, records.person, fields, holds, granted_at);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (decisions[i].planned.outcome == ErasureOutcome::kKeep) records.fields.push_back(fields[i]);
  }
  return decisions;
}

}  // namespace

std::vector<ErasureDecision> PlanFor(const Catalogue& catalogue, const PersonRecords& records,
                                     const std::vector<Hold>& holds, absl::Time granted_at) {
  std::vector<Field> living;
  for (const Field& field : records.fields) {
    if (!field.disposed_at && field.collected_at <= granted_at) living.push_back(field);
  }
  return PlanFields(catalogue, records.person, living, holds, granted_at);
}

absl::StatusOr<GrantErasureOutcome> Decide(const GrantErasure& ask, const GrantErasureFacts& facts,
                                           absl::Time now) {
  RETURN_IF_ERROR(NeedsPolicy(facts.people.catalogue.get()));
  const Catalogue& catalogue = *facts.people.catalogue;
  absl::Time granted_at = ask.granted_at.value_or(now);
  if (granted_at > now + absl::Minutes(1)) return InvalidField("granted_at", "in the future");
  People people = facts.people.people;
  PersonRecords& records = PersonIn(people, ask.subject);
  std::vector<ErasureGrant>& grants = records.person.erasures;
  auto known = std::find_if(grants.begin(), grants.end(), [&](const ErasureGrant& grant) {
    return grant.case_id == ask.case_id;
  });
  if (known == grants.end()) {
    grants.push_back({ask.case_id, granted_at, true});
  } else {
    granted_at = known->at;
  }
  GrantErasureOutcome outcome;
  outcome.decisions = PlanFor(catalogue, records, facts.holds, granted_at);
  for (ErasureDecision& one : PlanUnrecorded(catalogue, facts.holds, granted_at, records)) {
    outcome.decisions.push_back(std::move(one));
  }
  outcome.backup_clear_by =
      BackupClearBy(now, catalogue.backups_kept.value_or(kBackupsKeptDefault));
  if (Recompute(catalogue, now, records)) {
    outcome.limits.push_back({records.person.id, LimitsOf(records.fields)});
  }
  outcome.changed = std::move(records);
  return outcome;
}

}  // namespace varsam::retention
