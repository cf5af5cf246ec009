#include "services/consent/domain/standing_stops.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace varsam::consent {
namespace {

bool StopsByPerson(const ConsentEvent& event) {
  return event.type == ConsentEventType::kRefused || event.type == ConsentEventType::kWithdrawn;
}

// Says nothing of the person's own, and yet would be the latest word.
bool Overrides(const ConsentEvent& event) {
  return event.type != ConsentEventType::kRequested && !StopsByPerson(event) && !Lifts(event);
}

// The person's own acts in order of time; of one moment's yes and no the no comes last and stands
// (7-T3).
struct Act {
  absl::Time at;
  bool stops;
};
bool operator<(const Act& a, const Act& b) {
  return a.at != b.at ? a.at < b.at : a.stops < b.stops;
}

std::vector<Act> ActsOf(std::span<const ConsentEvent> events) {
  std::vector<Act> acts;
  for (const ConsentEvent& event : events) {
    if (StopsByPerson(event) || Lifts(event)) acts.push_back({event.at, StopsByPerson(event)});
  }
  std::sort(acts.begin(), acts.end());
  return acts;
}

bool StopStands(absl::Time at, const std::vector<Act>& acts) {
  const auto after = std::upper_bound(acts.begin(), acts.end(), Act{at, true});
  return after != acts.begin() && std::prev(after)->stops;
}

}  // namespace

bool Lifts(const ConsentEvent& event) {
  return (event.type == ConsentEventType::kGiven || event.type == ConsentEventType::kRenewed) &&
         CanGiveConsent(event.mechanism) && event.evidence;
}

size_t KeepStops(const Purpose& purpose, std::span<ConsentEvent> events) {
  // With one consent for each recipient no other ground is ever asked for.
  if (!purpose.email_marketing || purpose.per_recipient) return events.size();
  if (std::none_of(events.begin(), events.end(), StopsByPerson)) return events.size();
  const std::vector<Act> acts = ActsOf(events);
  const auto counts = std::remove_if(events.begin(), events.end(), [&](const ConsentEvent& event) {
    return Overrides(event) && StopStands(event.at, acts);
  });
  return static_cast<size_t>(counts - events.begin());
}

}  // namespace varsam::consent
