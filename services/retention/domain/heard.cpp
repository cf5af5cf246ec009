#include "services/retention/domain/heard.h"

namespace varsam::retention {

HeardSystems HeardLately(const HeardAt& heard, absl::Time now) {
  HeardSystems systems;
  for (const auto& [system, at] : heard) {
    if (at + kSilentAfter >= now) systems.insert(system);
  }
  return systems;
}

HeardSystems SilentSystems(const HeardAt& heard, absl::Time now) {
  HeardSystems systems;
  for (const auto& [system, at] : heard) {
    if (at + kSilentAfter < now) systems.insert(system);
  }
  return systems;
}

bool CountsInactivity(Clock clock) {
  return clock == Clock::kLastTwoWayContact || clock == Clock::kLastInterestSignal ||
         clock == Clock::kLastMessage;
}

}  // namespace varsam::retention
