// Is text still so unfinished that the person need not get it (Data Protection Act (2018:218) 5:2;
// promise P27)? Only while it was not handed to a third party and has been in drafting for no more
// than a year. Pure.
#pragma once

#include "libs/calendar/day.h"

namespace varsam::requests {

inline constexpr int kDraftMonthsMax = 12;

// Both days included: on the anniversary it is exempt for the last time.
inline bool IsExemptDraft(calendar::LocalDay since, bool disclosed, calendar::LocalDay today) {
  return !disclosed && today <= calendar::AddMonths(since, kDraftMonthsMax);
}

}  // namespace varsam::requests
