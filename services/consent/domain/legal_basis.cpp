#include "services/consent/domain/legal_basis.h"

#include "services/consent/domain/consent_state.h"

namespace varsam::consent {
namespace {

Ground Denied(int step, Reason reason, std::optional<Fact> missing = std::nullopt,
              std::optional<Evidence> evidence = std::nullopt) {
  return {Denial{reason, missing, evidence}, reason, std::nullopt, step};
}

Ground Missed(int step, Fact fact) { return Denied(step, Reason::kIndeterminate, fact); }

std::optional<Evidence> EvidenceOf(const ConsentState& consent) {
  if (consent.deciding == nullptr) return std::nullopt;
  return Evidence{EvidenceKind::kConsentEvent, consent.deciding->id};
}

ConsentState StateFor(const DecideAsk& ask, const DecideFacts& facts) {
  return ConsentStateAt(*ask.purpose, ask.recipient ? ask.recipient->id : "", ask.at, facts);
}

Ground ByConsent(int step, const ConsentState& consent) {
  if (consent.valid()) return {std::nullopt, Reason::kAllowConsent, EvidenceOf(consent), step};
  return Denied(step, consent.reason, consent.missing, EvidenceOf(consent));
}

// Nothing when step 11 has to decide.
std::optional<Ground> ByMarketingLaw(const DecideAsk& ask, const DecideFacts& facts) {
  const ConsentState consent = StateFor(ask, facts);
  if (consent.missing || consent.valid() || consent.stopped_by_person()) {
    return ByConsent(10, consent);
  }
  if (facts.capacity == Capacity::kLegalPersonRep) return std::nullopt;
  if (facts.unavailable.Has(Fact::kSoftOptIn)) return Missed(10, Fact::kSoftOptIn);
  const SoftOptIn& soft = facts.soft_opt_in;
  if (soft.obtained_in_sale && soft.own_similar_services && soft.opt_out_offered_each_time) {
    return Ground{std::nullopt, Reason::kAllowSoftOptIn, std::nullopt, 10};
  }
  return Denied(10, Reason::kMflConsentRequired);
}

Ground ByLegitimateInterest(absl::Time at, calendar::LocalDay today, const DecideFacts& facts) {
  if (facts.unavailable.Has(Fact::kLia)) return Missed(11, Fact::kLia);
  const Approval& lia = facts.lia;
  const bool approved = lia.approved_at && *lia.approved_at <= at;
  if (!approved || !lia.review_by || today > *lia.review_by) {
    return Denied(11, Reason::kLiaMissingOrExpired);
  }
  return {std::nullopt, Reason::kAllowLegitimateInterest, std::nullopt, 11};
}

Ground ByContract(calendar::LocalDay today, const DecideFacts& facts) {
  if (facts.unavailable.Has(Fact::kContract)) return Missed(11, Fact::kContract);
  const std::optional<Contract>& contract = facts.contract;
  if (!contract || today < contract->from || (contract->to && today > *contract->to)) {
    return Denied(11, Reason::kContractNotActive);
  }
  return {std::nullopt, Reason::kAllowContract, std::nullopt, 11};
}

}  // namespace

Ground FindGround(const DecideAsk& ask, Basis basis, calendar::LocalDay today,
                  const DecideFacts& facts) {
  Ground ground;
  if (basis == Basis::kConsent) {
    ground = ByConsent(9, StateFor(ask, facts));
    if (ground.denial) return ground;
  }
  if (ask.purpose->email_marketing) {
    if (const std::optional<Ground> decided = ByMarketingLaw(ask, facts)) return *decided;
  }
  switch (basis) {
    case Basis::kConsent: return ground;
    case Basis::kContract: return ByContract(today, facts);
    case Basis::kLegitimateInterest: return ByLegitimateInterest(ask.at, today, facts);
    case Basis::kLegalObligation:
      return {std::nullopt, Reason::kAllowLegalObligation, std::nullopt, 11};
    case Basis::kStrictlyNecessary:
      return {std::nullopt, Reason::kAllowStrictlyNecessary, std::nullopt, 11};
  }
  return Denied(11, Reason::kIndeterminate);
}

}  // namespace varsam::consent
