// The border for reviews, simulations and statistics.
#pragma once

#include "libs/ledger/entry.h"
#include "services/retention/store/retention_store.h"
#include "varsam/retention/v1/retention_service.pb.h"

namespace varsam::retention {

// `now` decides whether it is overdue.
void ToProto(const Review& from, absl::Time now, v1::Review* to);
ledger::Entry ReviewEntry(const Review& review, absl::Time now);
ledger::Entry CancelledEntry(const CancelDisposalRunOutcome& outcome);

absl::StatusOr<OpenReview> FromProto(const v1::OpenReviewRequest& request);
absl::StatusOr<SignReview> FromProto(const v1::SignReviewRequest& request);
// `now` stands for times that are not given.
absl::StatusOr<SimulateRules> FromProto(const v1::SimulateRulesRequest& request, absl::Time now);
void ToProto(const Simulation& from, v1::SimulateRulesResponse* to);
void ToProto(const StatisticsCell& from, v1::StatisticsCell* to);

}  // namespace varsam::retention
