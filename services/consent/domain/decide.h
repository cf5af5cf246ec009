// decide(subject, purpose, at, context): may this purpose use this person's data at this moment,
// and why (DOMAIN section 4; FORMAT 2.4). Twelve steps in order, the first that denies gives the
// reason; a fact that a step needs and that is unavailable denies INDETERMINATE right there. Step
// 0 (role) is the gateway's. Pure; allocates nothing unless more than three pieces of evidence are
// named; safe from every thread.
#pragma once

#include <string>
#include <vector>

#include "services/consent/domain/decide_facts.h"
#include "services/consent/domain/decision.h"

namespace varsam::consent {

Decision Decide(const DecideAsk& ask, const DecideFacts& facts);

// The way to the decision, step by step, for people: the steps that were passed and the one that
// decided. Built only when somebody asks.
struct DecisionStep {
  int step = 1;
  bool passed = true;
  std::string sv, en;
};
std::vector<DecisionStep> Explain(const Decision& decision);

}  // namespace varsam::consent
