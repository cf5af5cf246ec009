// How long one field of one record in one system is kept, who may still read it, and why (DOMAIN
// section 5 "Composition"; FORMAT section 4). Pure; safe from every thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/retention/domain/explain_retention.h"
#include "services/retention/domain/record_facts.h"
#include "services/retention/domain/rule.h"

namespace varsam::retention {

enum class RetentionStatus : uint8_t { kRunning, kDated, kHeld, kNoRule, kIndefinite };
std::string_view NameOf(RetentionStatus status);  // RUNNING …

enum class Disposition : uint8_t { kNone, kEraseNow, kQuarantine };

struct Readers {
  bool claims = false, legal = false, ordinary = false;
  bool operator==(const Readers&) const = default;
};

// CAPITAL codes of the answer, each on its own.
struct RetentionCodes {
  bool art14_notice_overdue = false, legal_claims = false, legal_obligation = false;
  bool no_rule = false, unmapped_field = false;
  std::vector<std::string> Names() const;  // sorted
};

struct RetentionAnswer {
  RetentionStatus status = RetentionStatus::kNoRule;
  // Last lawful days, included. Ordinary purposes end with may_until, the law's with must_until.
  std::optional<calendar::LocalDay> may_until, must_until, retain_until;
  std::optional<absl::Time> use_denied_from;
  std::optional<calendar::LocalDay> erase_by;  // last day for the physical action
  bool erasure_blocked = false;                // by a hold, or by a restriction the person needs
  Readers readers;
  RetentionCodes codes;
  Disposition disposition = Disposition::kNone;
  // What fixed retain_until when one thing did: a rule's id, erasure, objection_upheld,
  // consent_withdrawn or hold_release. Empty otherwise.
  std::string decided_by;
  // The one rule that decided (after a hold: before it), or null; in memory of the model.
  const Rule* rule = nullptr;
  std::optional<calendar::LocalDay> notify_on;
  std::optional<calendar::LocalDay> review_on;        // of a record kept without end
  std::optional<calendar::LocalDay> restricted_from;  // Art. 14 notice overdue
  std::vector<RetentionStep> steps;                   // the explanation, in order
};

// Days between the last lawful day and the physical action, at most (platform default).
inline constexpr int kErasureDaysMax = 7;

RetentionAnswer ComputeRetainUntil(const RetentionModel& model, const RecordFacts& facts,
                                   const RetainUntil& ask);

}  // namespace varsam::retention
