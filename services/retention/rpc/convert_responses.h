// The responses the journal keeps with a request id.
#pragma once

#include <string>

#include "libs/journal/operation.h"
#include "services/retention/rpc/operations.h"

namespace varsam::retention {

std::string RenderSignals(const RecordSignalsOutcome& outcome, const journal::Position& position);
std::string RenderErasurePlan(const GrantErasureOutcome& outcome,
                              const journal::Position& position);
// Reads as PlaceHoldResponse and as ReleaseHoldResponse.
std::string RenderHold(const HoldOutcome& outcome, const journal::Position& position);
std::string RenderRun(const RunDisposalOutcome& outcome, const journal::Position& position);
std::string RenderReview(const ReviewOutcome& outcome, absl::Time now);
std::string RenderCancelled(const CancelDisposalRunOutcome& outcome,
                            const journal::Position& position);
std::string RenderBackup(const BackupOutcome& outcome, const journal::Position& position);

}  // namespace varsam::retention
