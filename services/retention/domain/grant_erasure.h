// A request for erasure accepted in principle: what goes, what stays, until when and under which
// law (plan_erasure.h says it for the composition; this adds what is stored). Granting a case again
// gives the same answer. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/retention/domain/plan_erasure.h"
#include "services/retention/domain/record_signals.h"

namespace varsam::retention {

struct GrantErasure {
  SubjectId subject;
  std::string case_id;
  std::optional<absl::Time> granted_at;  // now when absent
};

struct GrantErasureFacts {
  PeopleFacts people;
  std::vector<Hold> holds;
};

struct ErasureDecision {
  FieldKey key;
  ErasurePlanItem planned;
};

struct GrantErasureOutcome {
  PersonRecords changed;
  // By field; and last, with an empty record key, every field of the systems that have told of no
  // record, unless a statutory minimum could cover it.
  std::vector<ErasureDecision> decisions;
  std::vector<PersonLimits> limits;
  calendar::LocalDay backup_clear_by;
};

// FAILED_PRECONDITION POLICY_MISSING; INVALID_ARGUMENT for a grant in the future.
absl::StatusOr<GrantErasureOutcome> Decide(const GrantErasure& ask, const GrantErasureFacts& facts,
                                           absl::Time now);

// The decisions about the living fields of a person as of `granted_at`.
std::vector<ErasureDecision> PlanFor(const Catalogue& catalogue, const PersonRecords& records,
                                     const std::vector<Hold>& holds, absl::Time granted_at);

// Backups are kept that long when no rule says it.
inline constexpr calendar::Period kBackupsKeptDefault = calendar::Days(35);

}  // namespace varsam::retention
