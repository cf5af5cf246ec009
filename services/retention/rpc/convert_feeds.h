// What a batch of a feed says to retention: payloads of the other services' ledgers as effects.
// Entries this service has no use for, and erased ones, only move the cursor.
#pragma once

#include <span>

#include "absl/status/statusor.h"
#include "services/retention/domain/apply_feed.h"
#include "varsam/ledger/v1/ledger.pb.h"

namespace varsam::retention {

// DATA_LOSS FEED_UNREADABLE for a payload that does not parse: a feed never skips.
absl::StatusOr<std::vector<FeedEffect>> RegistryEffects(
    std::span<const ledger::v1::Entry* const> entries);
absl::StatusOr<std::vector<FeedEffect>> ConsentEffects(
    std::span<const ledger::v1::Entry* const> entries);
absl::StatusOr<std::vector<FeedEffect>> RequestsEffects(
    std::span<const ledger::v1::Entry* const> entries);

}  // namespace varsam::retention
