// What a granted request for erasure does to each field of each system: erase it now, or keep it,
// until when, why and under which law (Art. 17(1), 17(3)(b) and (e); promise P10). The plan is
// what the person is told and what connectors carry out. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/retention/domain/retain_until.h"

namespace varsam::retention {

// One field of one record that the subject has.
struct ErasureItem {
  std::string system, field;
  RecordFacts facts;  // without the erasure itself; the plan adds it
};

struct PlanErasure {
  absl::Time granted_at;
  std::vector<ErasureItem> items;
};

enum class ErasureOutcome : uint8_t {
  kErase,       // the physical action is due by `erase_by`
  kKeep,        // lawful residue
  kQuarantine,  // the model does not know the field: nobody may read it until it is mapped
};

enum class KeepReason : uint8_t {
  kNone,
  kLegalObligation,  // LEGAL_OBLIGATION: a statutory minimum, Art. 17(3)(b)
  kLegalClaims,      // LEGAL_CLAIMS: a hold or a recorded need, Art. 17(3)(e)
  kRestriction,      // RESTRICTED: the person asked to have it kept, Art. 18(1)(b)-(c)
  kSuppression,      // SUPPRESSION: the hash that keeps the person from being contacted again
};
std::string_view NameOf(KeepReason reason);  // LEGAL_OBLIGATION …; empty for kNone

struct ErasurePlanItem {
  std::string system, field;
  ErasureOutcome outcome = ErasureOutcome::kErase;
  KeepReason reason = KeepReason::kNone;
  // Keep: the last lawful day; nullopt while a hold or a restriction is open, or without an end.
  std::optional<calendar::LocalDay> keep_until;
  std::optional<calendar::LocalDay> erase_by;  // of what is erased now
  std::string rule, law;  // what keeps it; empty when erased
  std::string action;     // delete, anonymise, … when erased
  Readers readers;        // who may still read what is kept
  std::string sv, en;     // one sentence for the person
  RetentionAnswer answer; // the whole computation, with its steps
};

// In the order of the items.
std::vector<ErasurePlanItem> Plan(const RetentionModel& model, const PlanErasure& ask);

}  // namespace varsam::retention
