// Steps 9-11 of the decision: what makes the use lawful (Art. 6(1), MFL 19 §; FORMAT 2.4, 2.8).
// Pure.
#pragma once

#include <optional>

#include "services/consent/domain/decision.h"

namespace varsam::consent {

// Either a denial, or the reason that allows.
struct Ground {
  std::optional<Denial> denial;
  Reason reason = Reason::kIndeterminate;
  std::optional<Evidence> evidence;
  int step = 9;  // the step that decided
};

// `basis` is the one after basis_if_party.
Ground FindGround(const DecideAsk& ask, Basis basis, calendar::LocalDay today,
                  const DecideFacts& facts);

}  // namespace varsam::consent
