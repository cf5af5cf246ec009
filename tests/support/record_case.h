// One record's facts under the shipped policy, for tests of the composition.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/retention/domain/retain_until.h"

namespace varsam::testing {

const retention::RetentionModel& LexiumRetention();

struct RecordCase {
  retention::RecordFacts facts;

  // Collected at the start of 2020, for these purposes, all running.
  explicit RecordCase(std::vector<std::string> purposes);

  // An event by its name in FORMAT 4.1; `detail` is the purpose of a withdrawn consent or the
  // matter of a hold. The name is CHECKed.
  RecordCase& Event(std::string_view name, absl::Time at, std::string detail = "");

  retention::RetentionAnswer Ask(std::string system, std::string field, absl::Time as_of) const;
};

// "claims legal ordinary", those that may read.
std::string ReadersOf(const retention::RetentionAnswer& answer);

}  // namespace varsam::testing
