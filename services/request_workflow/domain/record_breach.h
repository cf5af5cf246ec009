// The register of breaches (Art. 33(5)): phases, and what each needs. Pure.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "services/request_workflow/domain/changes.h"

namespace varsam::requests {

// Numbers of varsam.requests.v1.BreachState.
enum class BreachState : int32_t {
  kDetected = 1,
  kAssessing = 2,
  kNotNotifiable = 3,
  kNotifying = 4,
  kNotifiedPartial = 5,
  kNotified = 6,
  kSubjectsInformed = 7,
  kClosed = 8,
};

// May the register go from one phase to the next? The same phase again records more facts; a
// partial notification may be followed by further parts.
bool MayFollow(BreachState from, BreachState to);

struct RecordBreach {
  Breach breach;               // as asked; awareness and notifications of a known one stand
  bool reasons_given = false;  // for being late
  bool effects_told = false;   // effects and action: what a notification must hold
};
// FAILED_PRECONDITION WRONG_STATE for a step that does not follow, REASONS_MISSING for a first
// notification after the 72 hours without reasons (Art. 33(1)); INVALID_ARGUMENT for a notification
// without effects and action (Art. 33(3)).
absl::StatusOr<Changes> Decide(const RecordBreach& ask, const std::optional<Breach>& known,
                               absl::Time now);

}  // namespace varsam::requests
