#include "services/retention/domain/holds.h"

#include <algorithm>
#include <map>
#include <vector>

namespace varsam::retention {
namespace {

// Is the matter's last word a hold? Of a hold and a release at one instant, the release ends the
// hold that was open before; without such a hold the pair holds nothing.
bool IsOpen(std::vector<const RecordEvent*> events) {
  std::sort(events.begin(), events.end(),
            [](const RecordEvent* a, const RecordEvent* b) { return a->at < b->at; });
  bool open = false;
  for (size_t i = 0; i < events.size();) {
    const absl::Time at = events[i]->at;
    bool set = false, released = false;
    for (; i < events.size() && events[i]->at == at; ++i) {
      (events[i]->type == EventType::kHoldSet ? set : released) = true;
    }
    if (set && released) continue;  // renewed, or over at once
    open = set;
  }
  return open;
}

}  // namespace

HoldState HoldsAt(const RecordFacts& facts, absl::Time as_of) {
  HoldState state;
  std::map<std::string, std::vector<const RecordEvent*>> matters;
  for (const RecordEvent& event : facts.events) {
    const bool release = event.type == EventType::kHoldReleased;
    if ((!release && event.type != EventType::kHoldSet) || event.at > as_of) continue;
    matters[event.matter].push_back(&event);
    if (release && (!state.last_release || event.at > *state.last_release)) {
      state.last_release = event.at;
    }
  }
  state.open = std::any_of(matters.begin(), matters.end(),
                           [](const auto& matter) { return IsOpen(matter.second); });
  return state;
}

}  // namespace varsam::retention
