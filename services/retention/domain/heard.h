// Which systems have been read, and when last. A feed that has never spoken or has fallen silent
// means unknown: never empty, and never that a person was inactive. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

#include "absl/time/time.h"
#include "services/retention/domain/rule.h"

namespace varsam::retention {

using HeardAt = std::map<std::string, absl::Time>;  // last read; absent: never
using HeardSystems = std::set<std::string>;

// Inventories are daily; after a week without any a feed has fallen silent.
inline constexpr absl::Duration kSilentAfter = absl::Hours(24 * 7);

// Read within kSilentAfter.
HeardSystems HeardLately(const HeardAt& heard, absl::Time now);
// Read once, and not since.
HeardSystems SilentSystems(const HeardAt& heard, absl::Time now);

// The clock shows that nothing has happened for long: only a system that is read can say so.
bool CountsInactivity(Clock clock);

}  // namespace varsam::retention
