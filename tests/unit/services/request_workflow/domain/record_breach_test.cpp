// The register of breaches: which phase follows which, and what a notification needs.
#include "services/request_workflow/domain/record_breach.h"

#include <catch2/catch.hpp>

#include "libs/base/error.h"

namespace varsam::requests {
namespace {

const absl::Time kAware = absl::FromUnixSeconds(1'795'000'000);

Breach In(BreachState state) {
  Breach breach;
  breach.id = BreachId(NewUuidV4());
  breach.state = static_cast<int32_t>(state);
  breach.aware_at = kAware;
  return breach;
}

}  // namespace

TEST_CASE("phases follow each other as the register says, and no other way") {
  const std::string allowed =
      "12 14 23 24 25 26 32 38 45 46 56 67 68 78";  // from, to; the same again is more facts
  for (int from = 1; from <= 8; ++from) {
    for (int to = 1; to <= 8; ++to) {
      const std::string step = std::to_string(from) + std::to_string(to);
      const bool want = from == to ? from != 8 : allowed.find(step) != std::string::npos;
      INFO(step);
      CHECK(MayFollow(static_cast<BreachState>(from), static_cast<BreachState>(to)) == want);
    }
  }
  CHECK(ReasonOf(Decide({In(BreachState::kNotified)}, std::nullopt, kAware).status()) ==
        "WRONG_STATE");
  CHECK(
      ReasonOf(Decide({In(BreachState::kDetected)}, In(BreachState::kNotified), kAware).status()) ==
      "WRONG_STATE");
}

TEST_CASE("a notification in parts keeps the time of the first; late ones say why") {
  RecordBreach ask{In(BreachState::kNotifiedPartial), false, true};
  const Breach notifying = In(BreachState::kNotifying);
  const absl::Time late = kAware + absl::Hours(72) + absl::Seconds(1);
  CHECK(ReasonOf(Decide(ask, notifying, late).status()) == "REASONS_MISSING");
  const auto first = Decide(ask, notifying, kAware + absl::Hours(72));
  REQUIRE(first.ok());
  CHECK(first->breach->partial == std::vector<int32_t>{1});
  const auto more = Decide(ask, first->breach, late);
  REQUIRE(more.ok());
  CHECK(more->breach->notified_at.size() == 2);
  ask.breach.state = static_cast<int32_t>(BreachState::kNotified);
  const auto whole = Decide(ask, more->breach, late);
  REQUIRE(whole.ok());
  CHECK(whole->breach->partial == std::vector<int32_t>{1, 1, 0});
  CHECK(whole->breach->notified_at.front() == kAware + absl::Hours(72));
  ask.effects_told = false;
  CHECK(absl::IsInvalidArgument(Decide(ask, notifying, kAware).status()));
}

}  // namespace varsam::requests
