#include "services/consent/domain/objections.h"

#include <algorithm>

#include "services/consent/domain/consent_state.h"

namespace varsam::consent {
namespace {

const MarketingObjection* LatestThatReaches(const Purpose& purpose, absl::Time at,
                                            std::span<const MarketingObjection> objections) {
  const MarketingObjection* latest = nullptr;
  for (const MarketingObjection& objection : objections) {
    if (objection.at > at || !Reaches(objection.scope, purpose)) continue;
    if (latest == nullptr || objection.at > latest->at) latest = &objection;
  }
  return latest;
}

bool Names(const LiObjection& objection, PurposeKey purpose) {
  return objection.all_purposes ||
         std::find(objection.purposes.begin(), objection.purposes.end(), purpose) !=
             objection.purposes.end();
}

}  // namespace

bool Reaches(ObjectionScope scope, const Purpose& purpose) {
  if (!purpose.direct_marketing) return false;
  switch (scope) {
    case ObjectionScope::kAll: return true;
    case ObjectionScope::kEmail: return purpose.objection_channels.email;
    case ObjectionScope::kPhone: return purpose.objection_channels.phone;
  }
  return true;
}

std::optional<Denial> CheckMarketingObjections(const DecideAsk& ask, const DecideFacts& facts) {
  const Purpose& purpose = *ask.purpose;
  if (!purpose.direct_marketing) return std::nullopt;
  if (facts.unavailable.Has(Fact::kObjections)) return Missing(Fact::kObjections);
  const MarketingObjection* objection = LatestThatReaches(purpose, ask.at, facts.objections);
  if (objection == nullptr) return std::nullopt;
  const ConsentState consent =
      ConsentStateAt(purpose, ask.recipient ? ask.recipient->id : "", ask.at, facts);
  if (consent.missing) return Missing(*consent.missing);
  if (consent.valid() && consent.deciding->actor == Actor::kSubject &&
      consent.deciding->verified && consent.deciding->at > objection->at) {
    return std::nullopt;
  }
  return Denial{Reason::kObjectionMarketing, std::nullopt,
                Evidence{EvidenceKind::kMarketingObjection, objection->id}};
}

std::optional<Denial> CheckTopic(const DecideAsk& ask, const DecideFacts& facts) {
  if (!ask.purpose->direct_marketing || !ask.topic) return std::nullopt;
  if (facts.unavailable.Has(Fact::kTopicChoices)) return Missing(Fact::kTopicChoices);
  const TopicChoice* latest = nullptr;
  for (const TopicChoice& choice : facts.topic_choices) {
    if (choice.at > ask.at || choice.topic != *ask.topic) continue;
    if (!Reaches(choice.channel, *ask.purpose)) continue;
    const bool later = latest == nullptr || choice.at > latest->at;
    if (later || (choice.at == latest->at && !choice.on)) latest = &choice;
  }
  if (latest == nullptr || latest->on) return std::nullopt;
  return Denial{Reason::kTopicOptedOut, std::nullopt,
                Evidence{EvidenceKind::kTopicChoice, latest->id}};
}

std::optional<Denial> CheckLiObjections(const Purpose& purpose, Basis basis, absl::Time at,
                                        const DecideFacts& facts) {
  if (basis != Basis::kLegitimateInterest) return std::nullopt;
  if (facts.unavailable.Has(Fact::kLiObjections)) return Missing(Fact::kLiObjections);
  const LiObjection* pending = nullptr;
  for (const LiObjection& objection : facts.li_objections) {
    if (objection.received_at > at || !Names(objection, purpose.key)) continue;
    const bool decided =
        objection.outcome && objection.decided_at && *objection.decided_at <= at;
    if (!decided) {
      pending = &objection;
    } else if (*objection.outcome == Outcome::kUpheld) {
      return Denial{Reason::kObjectionUpheld, std::nullopt,
                    Evidence{EvidenceKind::kLiObjection, objection.id}};
    }
  }
  if (pending == nullptr) return std::nullopt;
  return Denial{Reason::kObjectionPending, std::nullopt,
                Evidence{EvidenceKind::kLiObjection, pending->id}};
}

}  // namespace varsam::consent
