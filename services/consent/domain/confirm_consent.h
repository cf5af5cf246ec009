// ConfirmConsent: the click in a mail that makes a requested consent a given one (double opt-in).
// It counts once, in its time, and only while the person has not said no in between. Pure.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "services/consent/domain/record_consent.h"

namespace varsam::consent {

inline constexpr absl::Duration kConfirmationLife = absl::Hours(7 * 24);

struct ConfirmConsent {
  Uuid requested;
  absl::Time valid_until;
};
struct ConfirmConsentFacts {
  std::optional<RecordedConsent> requested;
  bool confirmed = false;
  // A refusal, withdrawal or objection to marketing at or after the request.
  bool stopped_since = false;
  RecordConsentFacts record;
};
// NOT_FOUND TOKEN_UNKNOWN; FAILED_PRECONDITION TOKEN_USED, TOKEN_EXPIRED, CONFIRMATION_OVERTAKEN;
// and what RecordConsent says (NOTICE_STALE after a material change).
absl::StatusOr<RecordConsentOutcome> Decide(const ConfirmConsent& ask,
                                            const ConfirmConsentFacts& facts, absl::Time now,
                                            Uuid fresh);

}  // namespace varsam::consent
