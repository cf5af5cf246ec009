// Steps 1 and 2 of the composition: which purposes use the field, and which rules fit the record
// (FORMAT 4.2; readings 7-R1, 7-R11, 7-R13). Pure.
#pragma once

#include <vector>

#include "services/retention/domain/record_facts.h"
#include "services/retention/domain/rule.h"

namespace varsam::retention {

// Is the field declared for the system? Always true in the platform.
bool IsMapped(const RetentionModel& model, const RetainUntil& ask);

// The purposes of the record that belong to the system and have the field in their data.
std::vector<const HeldPurpose*> ServingPurposes(const RetentionModel& model,
                                                const RecordFacts& facts, const RetainUntil& ask);

struct FittingRules {
  std::vector<const Rule*> running;      // maxima that run
  std::vector<const Rule*> terminators;  // maxima whose event is the end
  std::vector<const Rule*> minima;       // statutory
};
FittingRules FindFittingRules(const RetentionModel& model, const RecordFacts& facts,
                              const RetainUntil& ask,
                              const std::vector<const HeldPurpose*>& serving);

}  // namespace varsam::retention
