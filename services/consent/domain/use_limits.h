// Steps 1-5 of the decision: is the purpose in force, does it cover the data, and may the subject's
// data be used at all (FORMAT 2.4). Each returns the denial, or nothing. Pure.
#pragma once

#include <optional>

#include "services/consent/domain/decision.h"

namespace varsam::consent {

std::optional<Denial> CheckInForce(const Purpose& purpose, absl::Time at, const DecideFacts& facts);
std::optional<Denial> CheckDataScope(const Purpose& purpose, const DataSet& data);
std::optional<Denial> CheckErased(const Purpose& purpose, absl::Time at, const DecideFacts& facts);
std::optional<Denial> CheckRestricted(const Purpose& purpose, absl::Time at,
                                      const DecideFacts& facts);
// `today` is the local day of `at`.
std::optional<Denial> CheckRetention(const Purpose& purpose, absl::Time at,
                                     calendar::LocalDay today, const DecideFacts& facts);

}  // namespace varsam::consent
