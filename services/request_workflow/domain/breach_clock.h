// The clock of a personal data breach (GDPR art. 33(1), (4); vectors breach.json; FORMAT 5, 7-B1):
// 72 elapsed hours from awareness, whatever the calendar and the clock changes do. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "libs/calendar/explained_step.h"

namespace varsam::requests {

inline constexpr int kBreachNotifyHours = 72;

enum class NotificationKind : int8_t { kPartial, kFull };

// A notification to the supervisory authority. In phases, the first part keeps the time.
struct BreachNotification {
  NotificationKind kind = NotificationKind::kFull;
  absl::Time at;
};

struct BreachFacts {
  absl::Time aware_at;
  std::vector<BreachNotification> notifications;  // any order
};

struct BreachClock {
  absl::Time notify_by;  // exactly then is still in time
  std::optional<absl::Time> first_notified_at;
  bool late = false;
  bool reasons_required = false;  // a late notification states why
  std::vector<calendar::ExplainedStep> steps;
};

// `as_of` decides whether an unnotified breach is late already.
BreachClock ComputeBreachClock(const BreachFacts& facts, absl::Time as_of);

}  // namespace varsam::requests
