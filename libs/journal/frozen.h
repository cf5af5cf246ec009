// What a decision may know of the world beyond its ask and its facts: one instant and fresh ids,
// frozen once, so that the decision stays a pure function.
#pragma once

#include <array>
#include <cstdint>

#include "absl/time/time.h"
#include "libs/base/ids.h"

namespace varsam::journal {

struct Frozen {
  absl::Time now;                  // from the injected clock; the same for a whole batch
  Uuid id;                         // UUID v7, the id of the row this ask makes
  std::array<uint8_t, 32> seed{};  // random; the root of the ids below

  // Further ids, for asks that make several rows. The same n gives the same id; n counts from 0.
  Uuid FreshV7(uint32_t n) const;  // a row
  Uuid FreshV4(uint32_t n) const;  // a subject, a token: says nothing about time
};

// For tests and for asks decided outside a journal.
Frozen Freeze(absl::Time now);

}  // namespace varsam::journal
