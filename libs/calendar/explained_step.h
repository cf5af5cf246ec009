// One step of the way to a date that is shown to a person: why it is this day and no other, in
// Swedish and in English. A list of them, in order, explains the date (DESIGN 11.9). Holds no
// personal data: only rules, days and counts.
#pragma once

#include <string>

#include "libs/calendar/day.h"

namespace varsam::calendar {

struct ExplainedStep {
  std::string code;  // stable, for tests and front ends, e.g. ROLLED_TO_WORKING_DAY
  std::string sv;    // a whole sentence
  std::string en;    // the same sentence
  LocalDay date;     // the day reached after this step

  bool operator==(const ExplainedStep&) const = default;
};

}  // namespace varsam::calendar
