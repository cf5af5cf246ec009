#include "services/consent/domain/use_limits.h"

#include <algorithm>

namespace varsam::consent {
namespace {

Denial Because(Reason reason) { return {reason, std::nullopt, std::nullopt}; }

// Ordinary purposes end with may_until; the law's own purpose with the later date (7-V3).
std::optional<calendar::LocalDay> LimitOf(const Purpose& purpose, const DecideFacts& facts) {
  if (purpose.basis != Basis::kLegalObligation) return facts.may_until;
  return std::max(facts.may_until, facts.must_until);  // nullopt is before every day
}

}  // namespace

std::optional<Denial> CheckInForce(const Purpose& purpose, absl::Time at,
                                   const DecideFacts& facts) {
  if (facts.unavailable.Has(Fact::kPurposeWindow)) return Missing(Fact::kPurposeWindow);
  if ((facts.in_force_from && at < *facts.in_force_from) ||
      (facts.in_force_until && at >= *facts.in_force_until)) {
    return Because(Reason::kPurposeInactive);
  }
  if (!purpose.dpia_required) return std::nullopt;
  if (facts.unavailable.Has(Fact::kDpia)) return Missing(Fact::kDpia);
  if (facts.dpia_approved_at && *facts.dpia_approved_at <= at) return std::nullopt;
  return Because(Reason::kPurposeInactive);
}

std::optional<Denial> CheckDataScope(const Purpose& purpose, const DataSet& data) {
  if (data.IsWithin(purpose.data)) return std::nullopt;
  return Because(Reason::kDataOutOfScope);
}

std::optional<Denial> CheckErased(const Purpose& purpose, absl::Time at,
                                  const DecideFacts& facts) {
  if (purpose.residual) return std::nullopt;
  if (facts.unavailable.Has(Fact::kErasedAt)) return Missing(Fact::kErasedAt);
  if (facts.erased_at && *facts.erased_at <= at) return Because(Reason::kSubjectErased);
  return std::nullopt;
}

std::optional<Denial> CheckRestricted(const Purpose& purpose, absl::Time at,
                                      const DecideFacts& facts) {
  if (purpose.residual) return std::nullopt;
  if (facts.unavailable.Has(Fact::kRestrictions)) return Missing(Fact::kRestrictions);
  for (const Restriction& restriction : facts.restrictions) {
    if (restriction.from <= at && (!restriction.to || at < *restriction.to)) {
      return Denial{Reason::kRestricted, std::nullopt,
                    Evidence{EvidenceKind::kRestriction, restriction.id}};
    }
  }
  return std::nullopt;
}

std::optional<Denial> CheckRetention(const Purpose& purpose, absl::Time at,
                                     calendar::LocalDay today, const DecideFacts& facts) {
  if (facts.unavailable.Has(Fact::kRetention)) return Missing(Fact::kRetention);
  const std::optional<calendar::LocalDay> limit = LimitOf(purpose, facts);
  if (!limit || today <= *limit) return std::nullopt;
  if (facts.unavailable.Has(Fact::kHolds)) return Missing(Fact::kHolds);
  for (const Hold& hold : facts.holds) {
    if (hold.set_at > at || (hold.released_at && *hold.released_at <= at)) continue;
    if (purpose.residual) return std::nullopt;
    return Denial{Reason::kHeldForClaimsOnly, std::nullopt,
                  Evidence{EvidenceKind::kHold, hold.id}};
  }
  return Because(Reason::kRetentionExpired);
}

}  // namespace varsam::consent
