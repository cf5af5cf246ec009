// The steps by which a retention date was reached, for people (DESIGN 11.9): each names its rule,
// clock and law and says one sentence in Swedish and one in English. No personal data. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/retention/domain/groups.h"

namespace varsam::retention {

struct RetentionStep {
  // MAXIMUM, MINIMUM, CUT, CUT_SPARED, HELD, HOLD_RELEASED, RETAIN_UNTIL, RESTRICTED,
  // RUNNING, NO_RULE, UNMAPPED_FIELD, INDEFINITE, NOTICE_OVERDUE
  std::string code;
  std::string rule, clock, law;  // empty where none takes part
  std::optional<calendar::LocalDay> date;
  std::string sv, en;
};

using RetentionSteps = std::vector<RetentionStep>;

// What a clock runs from, as it stands in a sentence: "avtalet upphörde", "the contract ended".
struct ClockWords {
  std::string sv, en;
};
ClockWords WordsFor(Clock clock);

// Without `in_words` the sentences are left out.
void ExplainGroup(const Group& group, bool in_words, RetentionSteps& steps);
void ExplainMinimum(const RuleEnd& end, bool in_words, RetentionSteps& steps);
// A step without a rule; `sv` and `en` are whole sentences.
void ExplainFact(std::string code, std::optional<calendar::LocalDay> date, std::string sv,
                 std::string en, RetentionSteps& steps);

}  // namespace varsam::retention
