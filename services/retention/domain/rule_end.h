// Step 3 of the composition: when a rule ends for one record, with the changes its period has seen
// (FORMAT 4.2 "Rule changes"; reading 7-R10). Pure.
#pragma once

#include <optional>

#include "services/retention/domain/record_facts.h"
#include "services/retention/domain/rule.h"

namespace varsam::retention {

// The latest event of the clock that counts at `as_of`; nullopt: the clock has not started.
std::optional<absl::Time> ClockAt(Clock clock, const RecordFacts& facts, absl::Time as_of);

struct RuleEnd {
  const Rule* rule = nullptr;
  absl::Time clock_at;          // the event the period runs from
  calendar::Period keep;        // the period that applies to this record
  calendar::LocalDay last_day;  // the last lawful day
  // When use ends and from when the days for the physical action count; both later than the last
  // day says when the period was shortened after that day.
  absl::Time use_ends;
  calendar::LocalDay erase_from;
  std::optional<absl::Time> shortened_at;  // the change that gave the end, if one did
};

// nullopt when the rule's clock has not started. The rule has a clock and a period.
std::optional<RuleEnd> EndOf(const Rule& rule, const RecordFacts& facts, absl::Time as_of);

}  // namespace varsam::retention
