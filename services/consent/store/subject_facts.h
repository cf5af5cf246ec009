// What the decision table keeps of one person: a list of equal rows, in the order they became
// known. Nothing is overwritten, so that the past can be asked; what replaces earlier facts (a
// classification, limits) comes after a row that says so.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "services/consent/domain/decide_facts.h"

namespace varsam::consent {

enum class RowKind : uint8_t {
  kConsent,         // key purpose, bits and until: see PackConsent, name recipient
  kObjection,       // bits scope
  kGlobalStop,      // bits on
  kTopic,           // name topic, bits: see PackTopic
  kLiObjection,     // key purpose (kNoPurpose: all)
  kLiDecision,      // bits outcome, id of the objection
  kRestriction,     // at..until, id of the case; the latest of a case counts
  kClassification,  // bits capacity, soft opt-in; replaces the three kinds below
  kCategory,        // name
  kSource,          // name, at collected, until notice
  kRelationship,    // key purpose (kNoPurpose: fitting ones), bits kind; at..until in days
  kLimits,          // replaces the rows of the kind below
  kLimit,           // key data category, at may, until must, in days
  kErased,          // at
};

inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

struct Row {
  int64_t at = 0;            // µs since 1970, or days
  int64_t until = kNever;
  int64_t recorded = 0;      // µs: when the platform knew
  Uuid id;
  RowKind kind = RowKind::kConsent;
  uint8_t bits = 0;
  uint16_t key = 0;
  uint32_t name = 0;
};
static_assert(sizeof(Row) == 48);

// kTopic: on (1 bit), channel (2).
inline uint8_t PackTopic(bool on, ObjectionScope channel) {
  return static_cast<uint8_t>((on ? 1 : 0) | static_cast<int>(channel) << 1);
}

// kConsent: type (3 bits), actor (2), verified (1), evidence (1) in bits; the mechanism in until.
inline uint8_t PackConsent(ConsentEventType type, Actor actor, bool verified, bool evidence) {
  return static_cast<uint8_t>(static_cast<int>(type) | static_cast<int>(actor) << 3 |
                              (verified ? 32 : 0) | (evidence ? 64 : 0));
}
inline ConsentEvent UnpackConsent(const Row& row, std::string_view recipient) {
  return {.purpose = PurposeKey{row.key},
          .type = static_cast<ConsentEventType>(row.bits & 7),
          .at = absl::FromUnixMicros(row.at),
          .actor = static_cast<Actor>(row.bits >> 3 & 3),
          .verified = (row.bits & 32) != 0,
          .mechanism = static_cast<Mechanism>(row.until),
          .evidence = (row.bits & 64) != 0,
          .recipient = recipient,
          .id = row.id};
}

}  // namespace varsam::consent
