// The state of a consent for one purpose at one moment (FORMAT 2.6). Pure, allocates nothing.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "services/consent/domain/decision.h"

namespace varsam::consent {

struct ConsentState {
  // kAllowConsent when valid; else the reason why it is not (NO_CONSENT … CONSENT_EXPIRED), or
  // kIndeterminate when a fact it needs is missing.
  Reason reason = Reason::kNoConsent;
  std::optional<Fact> missing;
  // The latest choice, in memory of the facts; null when there is none.
  const ConsentEvent* deciding = nullptr;
  // With a purpose that has `valid`, and a choice that got so far: when the consent ends, excluded.
  std::optional<absl::Time> expires_at;

  bool valid() const { return reason == Reason::kAllowConsent; }
  // Art. 7(3): the person's own stop, as opposed to a consent that merely fails.
  bool stopped_by_person() const {
    return reason == Reason::kConsentWithdrawn || reason == Reason::kConsentRefused;
  }
};

// `recipient` is looked at only by purposes with per_recipient; empty names nobody.
ConsentState ConsentStateAt(const Purpose& purpose, std::string_view recipient, absl::Time at,
                            const DecideFacts& facts);

}  // namespace varsam::consent
