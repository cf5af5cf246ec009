// Legal holds: blocks erasure, never widens use; reviewed every six months (DOMAIN 5). Pure.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/retention/domain/records.h"

namespace varsam::retention {

inline constexpr int kHoldScopeItemsMax = 1000;  // of each kind
inline constexpr int kHoldTextBytesMax = 2000;
inline constexpr int kOpenHoldsMax = 1000;

struct PlaceHold {
  Hold hold;  // without id and times; review_by absent: in six months
  std::optional<calendar::LocalDay> review_by;
};
struct PlaceHoldFacts {
  int64_t open_holds = 0;
};
struct HoldOutcome {
  Hold hold;
  bool changed = true;
};
// INVALID_ARGUMENT for a scope that names nothing, an empty matter, owner or reason, a review later
// than six months from now; RESOURCE_EXHAUSTED HOLDS_FULL.
absl::StatusOr<HoldOutcome> Decide(const PlaceHold& ask, const PlaceHoldFacts& facts,
                                   absl::Time now, HoldId fresh);

struct ReleaseHold {
  HoldId hold;
  std::string reason;
};
struct ReleaseHoldFacts {
  std::optional<Hold> hold;
};
// NOT_FOUND HOLD_UNKNOWN. Releasing again changes nothing.
absl::StatusOr<HoldOutcome> Decide(const ReleaseHold& ask, const ReleaseHoldFacts& facts,
                                   absl::Time now);

}  // namespace varsam::retention
