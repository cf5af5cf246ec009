// The parts of the consent bench that stand in files of their own. Each prints its rows.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace varsam::consent {

// C5: how soon after its acknowledgement a withdrawal is denied by all of three replicas.
void MeasureSpread();
// C6: answers kept in the asking process beside a look-up in a hash map of equal size.
void MeasureKept(absl::Duration time);
// C4: start-up from a ledger of so many choices, one of each person, beside COPY OUT of its rows.
void CompareLargeStart(int64_t entries);
// REST through the gateway at 8 callers: record and check, beside what c15t was seen to do.
void MeasureRest(absl::Duration time);

}  // namespace varsam::consent
