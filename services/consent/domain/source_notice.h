// Step 8 of the decision: people whose data came from elsewhere must be told within a month
// (Art. 14(3); FORMAT 2.7). Pure.
#pragma once

#include <optional>

#include "services/consent/domain/decision.h"

namespace varsam::consent {

// The last day for the notice: the local day of collection plus one month, rolled to a working day.
calendar::LocalDay LastDayForNotice(absl::Time collected_at);

struct NoticeCheck {
  std::optional<Denial> denial;
  // No notice was given yet and there is still time: a use that reaches the person must carry it.
  bool notice_pending = false;
};
NoticeCheck CheckSourceNotice(const Purpose& purpose, absl::Time at, calendar::LocalDay today,
                              const DecideFacts& facts);

}  // namespace varsam::consent
