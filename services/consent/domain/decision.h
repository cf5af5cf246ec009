// The answer of the decision function, its reasons and their texts (FORMAT 2.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "libs/base/ids.h"
#include "services/consent/domain/decide_facts.h"

namespace varsam::consent {

enum class Reason : uint8_t {
  kAllowConsent, kAllowContract, kAllowLegalObligation, kAllowLegitimateInterest, kAllowSoftOptIn,
  kAllowStrictlyNecessary,
  kPurposeUnknown, kPurposeInactive, kDataOutOfScope, kSubjectErased, kRestricted,
  kHeldForClaimsOnly, kRetentionExpired, kObjectionMarketing, kTopicOptedOut, kObjectionUpheld,
  kObjectionPending, kArt14NoticeOverdue, kNoConsent, kConsentPending, kConsentRefused,
  kConsentWithdrawn, kConsentInvalidated, kConsentUnproven, kConsentRenewalRequired,
  kConsentExpired, kMflConsentRequired, kLiaMissingOrExpired, kContractNotActive,
  kThirdPartyNotApproved, kDpaMissing, kDpaExpired, kTransferNotCovered, kIndeterminate,
};
inline constexpr int kReasonCount = 34;

struct ReasonText {
  std::string_view code;   // NO_CONSENT
  std::string_view basis;  // "6(1)(a)"; empty when the reason denies
  std::string_view sv, en; // one sentence for people
};
const ReasonText& TextOf(Reason reason);
std::optional<Reason> ReasonOf(std::string_view code);
inline bool Allows(Reason reason) { return reason <= Reason::kAllowStrictlyNecessary; }

enum class Effect : uint8_t { kAllow, kDeny };

// Which record a decision rests on; the id is nil where that record has none.
enum class EvidenceKind : uint8_t {
  kConsentEvent, kMarketingObjection, kTopicChoice, kLiObjection, kRestriction, kHold,
};
struct Evidence {
  EvidenceKind kind = EvidenceKind::kConsentEvent;
  Uuid id;
  bool operator==(const Evidence&) const = default;
};

// What a step says when it denies.
struct Denial {
  Reason reason = Reason::kIndeterminate;
  std::optional<Fact> missing;  // with kIndeterminate: the fact that could not be read
  std::optional<Evidence> evidence;
};
inline Denial Missing(Fact fact) { return {Reason::kIndeterminate, fact, std::nullopt}; }

struct Decision {
  Effect effect = Effect::kDeny;
  Reason reason = Reason::kIndeterminate;
  bool embed_art14_notice = false;  // the only obligation; never set on DENY
  // 1..12, as numbered in FORMAT 2.4: the step that denied; 12 when nothing did.
  int step = 1;
  std::optional<Fact> missing;
  absl::InlinedVector<Evidence, 3> evidence;

  bool allowed() const { return effect == Effect::kAllow; }
  // Empty when denied.
  std::string_view basis() const { return TextOf(reason).basis; }
};

}  // namespace varsam::consent
