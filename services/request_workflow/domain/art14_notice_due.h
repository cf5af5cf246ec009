// By when a person must be told that data about them was collected elsewhere (GDPR art. 14(3);
// vectors deadline.json, kind art14_notice; FORMAT 3.2, 7-D8). Pure.
#pragma once

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "libs/calendar/day.h"
#include "libs/calendar/explained_step.h"

namespace varsam::requests {

inline constexpr int kArt14Months = 1;

struct Art14NoticeFacts {
  absl::Time collected_at;
  std::optional<absl::Time> first_contact_at;     // 14(3)(b)
  std::optional<absl::Time> first_disclosure_at;  // 14(3)(c)
};

struct Art14NoticeDue {
  calendar::LocalDay notice_by;
  std::vector<calendar::ExplainedStep> steps;
};

// The earliest of: a month after the day of collection, rolled; the day of the first contact; the
// day of the first disclosure. The last two are events, not periods, and do not roll.
Art14NoticeDue ComputeArt14NoticeDue(const Art14NoticeFacts& facts);

}  // namespace varsam::requests
