// The choices of a person and of a browser that was linked to it, as one history. What either had
// said before the link was said without knowing of the other: of a yes and a no the no stands until
// the person acts again. Pure.
#pragma once

#include <span>
#include <vector>

#include "services/consent/domain/decide_facts.h"

namespace varsam::consent {

// All of one purpose.
struct ChoicesOf {
  std::span<const ConsentEvent> consents;
  std::span<const MarketingObjection> objections;
  std::span<const TopicChoice> topics;
  std::span<const LiObjection> li_objections;
  std::span<const Restriction> restrictions;
};
struct JoinedChoices {
  std::vector<ConsentEvent> consents;
  std::vector<MarketingObjection> objections;
  std::vector<TopicChoice> topics;
  std::vector<LiObjection> li_objections;
  std::vector<Restriction> restrictions;

  ChoicesOf view() const {
    return {consents, objections, topics, li_objections, restrictions};
  }
};

// `since`: when the link was made. A stop that stood then counts as of that moment, on both sides;
// the other's earlier consent proves nothing about this person and lifts no objection.
JoinedChoices JoinLinked(const ChoicesOf& own, const ChoicesOf& other, absl::Time since);

}  // namespace varsam::consent
