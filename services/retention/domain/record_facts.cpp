#include "services/retention/domain/record_facts.h"

namespace varsam::retention {

std::optional<RecordEvent> EventNamed(std::string_view name) {
  struct Row {
    std::string_view name;
    EventType type;
    std::optional<Clock> clock;
  };
  static constexpr Row kRows[] = {
      {"reply", EventType::kClock, Clock::kLastTwoWayContact},
      {"meeting", EventType::kClock, Clock::kLastTwoWayContact},
      {"sign_in", EventType::kClock, Clock::kLastTwoWayContact},
      {"application_updated", EventType::kClock, Clock::kLastTwoWayContact},
      {"interest_signal", EventType::kClock, Clock::kLastInterestSignal},
      {"message", EventType::kClock, Clock::kLastMessage},
      {"erasure_granted", EventType::kErasureGranted, std::nullopt},
      {"objection_upheld", EventType::kObjectionUpheld, std::nullopt},
      {"consent_withdrawn", EventType::kConsentWithdrawn, std::nullopt},
      {"hold_set", EventType::kHoldSet, std::nullopt},
      {"hold_released", EventType::kHoldReleased, std::nullopt},
      {"own_mail", EventType::kNothing, std::nullopt},
      {"mail_open", EventType::kNothing, std::nullopt},
      {"link_click", EventType::kNothing, std::nullopt},
  };
  RecordEvent event;
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    event.type = row.type;
    event.clock = row.clock;
    return event;
  }
  const std::optional<Clock> clock = ClockOf(name);
  // These three clocks are moved by acts with names of their own.
  if (!clock || *clock == Clock::kLastTwoWayContact || *clock == Clock::kLastInterestSignal ||
      *clock == Clock::kLastMessage) {
    return std::nullopt;
  }
  event.type = EventType::kClock;
  event.clock = clock;
  return event;
}

}  // namespace varsam::retention
