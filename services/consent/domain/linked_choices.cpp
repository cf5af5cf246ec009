#include "services/consent/domain/linked_choices.h"

#include <algorithm>

#include "services/consent/domain/standing_stops.h"

namespace varsam::consent {
namespace {

bool Stops(const ConsentEvent& event) {
  return event.type == ConsentEventType::kRefused || event.type == ConsentEventType::kWithdrawn ||
         event.type == ConsentEventType::kInvalidated;
}

// Did the stop still stand at `since`, on its own side?
bool Stood(const ConsentEvent& stop, std::span<const ConsentEvent> side, absl::Time since) {
  if (!Stops(stop) || stop.at > since) return false;
  return std::none_of(side.begin(), side.end(), [&](const ConsentEvent& event) {
    return Lifts(event) && event.at > stop.at && event.at <= since &&
           event.recipient == stop.recipient;
  });
}

void AddConsents(std::span<const ConsentEvent> side, bool own, absl::Time since,
                 std::vector<ConsentEvent>& to) {
  for (ConsentEvent event : side) {
    if (!own && event.at <= since) event.verified = false;
    to.push_back(event);
    if (!Stood(event, side, since)) continue;
    event.at = since;
    to.push_back(event);
  }
}

bool SwitchedOn(const TopicChoice& off, std::span<const TopicChoice> side, absl::Time since) {
  return std::any_of(side.begin(), side.end(), [&](const TopicChoice& choice) {
    return choice.on && choice.topic == off.topic && choice.channel == off.channel &&
           choice.at > off.at && choice.at <= since;
  });
}

void AddTopics(std::span<const TopicChoice> other, absl::Time since,
               std::vector<TopicChoice>& to) {
  for (TopicChoice choice : other) {
    if (choice.at <= since) {
      if (choice.on || SwitchedOn(choice, other, since)) continue;
      choice.at = since;
    }
    to.push_back(choice);
  }
}

template <typename T>
std::vector<T> Both(std::span<const T> own, std::span<const T> other) {
  std::vector<T> all(own.begin(), own.end());
  all.insert(all.end(), other.begin(), other.end());
  return all;
}

}  // namespace

JoinedChoices JoinLinked(const ChoicesOf& own, const ChoicesOf& other, absl::Time since) {
  JoinedChoices joined;
  AddConsents(own.consents, true, since, joined.consents);
  AddConsents(other.consents, false, since, joined.consents);
  joined.objections.assign(own.objections.begin(), own.objections.end());
  for (MarketingObjection objection : other.objections) {
    objection.at = std::max(objection.at, since);
    joined.objections.push_back(objection);
  }
  joined.topics.assign(own.topics.begin(), own.topics.end());
  AddTopics(other.topics, since, joined.topics);
  joined.li_objections = Both(own.li_objections, other.li_objections);
  joined.restrictions = Both(own.restrictions, other.restrictions);
  return joined;
}

}  // namespace varsam::consent
