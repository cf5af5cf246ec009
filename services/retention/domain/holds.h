// Legal holds as they stand at a moment (FORMAT 4.2 step 8). Pure.
#pragma once

#include <optional>

#include "services/retention/domain/record_facts.h"

namespace varsam::retention {

struct HoldState {
  bool open = false;                       // some matter holds the record
  std::optional<absl::Time> last_release;  // the latest release so far, of any matter
};
HoldState HoldsAt(const RecordFacts& facts, absl::Time as_of);

}  // namespace varsam::retention
