// A person's refusal or withdrawal stands until the person acts again (Art. 7(3)). FORMAT 2.6 lets
// the latest event decide, whoever made it: with mail marketing, where the law offers other grounds
// (2.8), an invalidation by the controller or an unproven import after a withdrawal would bring
// those grounds back. Such events are kept in the history and left out of the facts. Pure.
#pragma once

#include <cstddef>
#include <span>

#include "services/consent/domain/decide_facts.h"

namespace varsam::consent {

// An act that ends a stop; a claim without one does not.
bool Lifts(const ConsentEvent& event);

// `events` are of `purpose`, in any order. Moves those that count to the front, in their order, and
// says how many; all of them for a purpose that no other ground than consent can carry.
size_t KeepStops(const Purpose& purpose, std::span<ConsentEvent> events);

}  // namespace varsam::consent
