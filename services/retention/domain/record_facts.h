// What is known about one record, and the question about one of its fields (FORMAT 4.1). Lists
// come in any order. No personal data: categories, events and times only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "libs/calendar/day.h"
#include "services/retention/domain/rule.h"

namespace varsam::retention {

enum class EventType : uint8_t {
  kClock,             // the clock of the event itself, see RecordEvent::clock
  kErasureGranted,    // the request was accepted in principle; a field can still be refused
  kObjectionUpheld,
  kConsentWithdrawn,  // of RecordEvent::purpose
  kHoldSet,           // of RecordEvent::matter
  kHoldReleased,
  kNothing,           // our own mail, an open, a click: moves nothing (7-R14)
};

struct RecordEvent {
  EventType type = EventType::kNothing;
  absl::Time at;
  std::optional<Clock> clock;
  std::string purpose;
  std::string matter;
};

// The event a name of FORMAT 4.1 stands for, without time, purpose and matter; nullopt for a name
// nobody knows. `reply`, `meeting`, `sign_in` and `application_updated` all move
// last_two_way_contact.
std::optional<RecordEvent> EventNamed(std::string_view name);

struct HeldPurpose {
  std::string purpose;
  std::optional<absl::Time> ended_at;
  bool RunsAt(absl::Time at) const { return !ended_at || *ended_at > at; }
  bool operator==(const HeldPurpose&) const = default;
};

enum class RestrictionGround : uint8_t { kAccuracy, kUnlawful, kClaims, kObjectionPending };
struct RecordRestriction {
  RestrictionGround ground = RestrictionGround::kAccuracy;
  absl::Time from;
  std::optional<absl::Time> to;
  bool InForceAt(absl::Time at) const { return from <= at && (!to || at < *to); }
  bool operator==(const RecordRestriction&) const = default;
};

struct RuleChange {
  std::string rule;
  absl::Time effective_at;
  calendar::Period keep;
};

struct RecordSource {
  bool indirect = true;  // the policy says `notice: art14`
  absl::Time collected_at;
  std::optional<absl::Time> notice_at;
};

struct RecordFacts {
  std::vector<std::string> subject_categories;
  Flags flags;
  std::vector<HeldPurpose> purposes;  // the record is or was held for
  absl::Time collected_at;
  std::vector<RecordEvent> events;
  bool claims_need_recorded = false;
  std::vector<RecordRestriction> restrictions;
  std::vector<RuleChange> rule_changes;
  std::optional<RecordSource> source;
};

struct RetainUntil {
  std::string system;  // or kPlatform
  std::string field;   // a data category; in kPlatform the rule of the kind of record
  absl::Time as_of;
  bool in_words = true;  // else the steps name rules, laws and days, without sentences
};

}  // namespace varsam::retention
