#include "services/consent/domain/decide.h"

#include "libs/calendar/stockholm.h"
#include "services/consent/domain/legal_basis.h"
#include "services/consent/domain/objections.h"
#include "services/consent/domain/recipients.h"
#include "services/consent/domain/source_notice.h"
#include "services/consent/domain/use_limits.h"

namespace varsam::consent {
namespace {

Decision Deny(int step, const Denial& denial) {
  Decision decision;
  decision.effect = Effect::kDeny;
  decision.reason = denial.reason;
  decision.step = step;
  decision.missing = denial.missing;
  if (denial.evidence) decision.evidence.push_back(*denial.evidence);
  return decision;
}

Decision Allow(const Ground& ground, bool embed_art14_notice) {
  Decision decision;
  decision.effect = Effect::kAllow;
  decision.reason = ground.reason;
  decision.step = 12;
  decision.embed_art14_notice = embed_art14_notice;
  if (ground.evidence) decision.evidence.push_back(*ground.evidence);
  return decision;
}

}  // namespace

Decision Decide(const DecideAsk& ask, const DecideFacts& facts) {
  if (ask.purpose == nullptr) {
    return Deny(1, {Reason::kPurposeUnknown, std::nullopt, std::nullopt});
  }
  const Purpose& purpose = *ask.purpose;
  const calendar::LocalDay today = calendar::LocalDayOf(ask.at);
  if (const auto no = CheckInForce(purpose, ask.at, facts)) return Deny(1, *no);
  if (const auto no = CheckDataScope(purpose, ask.data)) return Deny(2, *no);
  if (const auto no = CheckErased(purpose, ask.at, facts)) return Deny(3, *no);
  if (const auto no = CheckRestricted(purpose, ask.at, facts)) return Deny(4, *no);
  if (const auto no = CheckRetention(purpose, ask.at, today, facts)) return Deny(5, *no);
  if (const auto no = CheckMarketingObjections(ask, facts)) return Deny(6, *no);
  if (const auto no = CheckTopic(ask, facts)) return Deny(6, *no);
  Basis basis = purpose.basis;
  if (purpose.basis_if_party) {
    if (facts.unavailable.Has(Fact::kPartyToContract)) {
      return Deny(7, Missing(Fact::kPartyToContract));
    }
    if (facts.party_to_contract) basis = *purpose.basis_if_party;
  }
  if (const auto no = CheckLiObjections(purpose, basis, ask.at, facts)) return Deny(7, *no);
  const NoticeCheck notice = CheckSourceNotice(purpose, ask.at, today, facts);
  if (notice.denial) return Deny(8, *notice.denial);
  const Ground ground = FindGround(ask, basis, today, facts);
  if (ground.denial) return Deny(ground.step, *ground.denial);
  if (const auto no = CheckRecipient(ask, basis, today, facts)) return Deny(12, *no);
  return Allow(ground, notice.notice_pending && ask.contacts_person);
}

}  // namespace varsam::consent
