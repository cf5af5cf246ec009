#include "services/consent/domain/recipients.h"

namespace varsam::consent {
namespace {

std::optional<Denial> Deny(Reason reason) { return Denial{reason, std::nullopt, std::nullopt}; }

std::optional<Denial> CheckProcessor(calendar::LocalDay today, const DecideFacts& facts) {
  if (facts.unavailable.Has(Fact::kVendor)) return Missing(Fact::kVendor);
  const std::optional<Vendor>& vendor = facts.vendor;
  if (!vendor || !vendor->dpa_signed || (vendor->signed_on && *vendor->signed_on > today)) {
    return Deny(Reason::kDpaMissing);
  }
  if (vendor->expires_on && *vendor->expires_on < today) return Deny(Reason::kDpaExpired);
  if (vendor->third_country &&
      (!vendor->has_transfer_mechanism ||
       (vendor->transfer_valid_to && *vendor->transfer_valid_to < today))) {
    return Deny(Reason::kTransferNotCovered);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Denial> CheckRecipient(const DecideAsk& ask, Basis basis, calendar::LocalDay today,
                                     const DecideFacts& facts) {
  if (!ask.recipient) return std::nullopt;
  if (ask.recipient->kind == RecipientKind::kProcessor) return CheckProcessor(today, facts);
  const bool handed_over_by_law =
      ask.recipient->kind == RecipientKind::kAuthority && ask.recipient->under_law;
  const bool approved_by_name = ask.purpose->per_recipient && basis == Basis::kConsent;
  if (handed_over_by_law || approved_by_name) return std::nullopt;
  return Deny(Reason::kThirdPartyNotApproved);
}

}  // namespace varsam::consent
