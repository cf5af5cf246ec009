// The steps of the main job, in order. Each returns what did not hold.
#pragma once

#include "absl/status/status.h"
#include "services/cli/demo/stage.h"

namespace varsam::cli {

absl::Status PutPolicyIntoForce(Stage& stage);      // 1
absl::Status CandidateApplies(Stage& stage);        // 2
absl::Status CandidateAsksWhatWeHold(Stage& stage); // 3
absl::Status CandidateWithdraws(Stage& stage);      // 4
absl::Status ContactAsksForErasure(Stage& stage);   // 5
absl::Status DisposeOfWhatIsDue(Stage& stage);      // 6
absl::Status VerifyTheLedgers(Stage& stage);        // 7

}  // namespace varsam::cli
