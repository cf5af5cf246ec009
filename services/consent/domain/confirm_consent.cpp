#include "services/consent/domain/confirm_consent.h"

#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::consent {

absl::StatusOr<RecordConsentOutcome> Decide(const ConfirmConsent& ask,
                                            const ConfirmConsentFacts& facts, absl::Time now,
                                            Uuid fresh) {
  const auto refuse = [](std::string_view reason, std::string_view message) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, reason, message);
  };
  if (!facts.requested || facts.requested->type != ConsentEventType::kRequested) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "TOKEN_UNKNOWN",
                           "token: no such request");
  }
  if (facts.confirmed) return refuse("TOKEN_USED", "token: it has been used");
  if (now > ask.valid_until) return refuse("TOKEN_EXPIRED", "token: too old; ask again");
  if (facts.stopped_since) {
    return refuse("CONFIRMATION_OVERTAKEN", "the person has said no since; ask again");
  }
  const RecordedConsent& requested = *facts.requested;
  RecordConsent given{.subject = requested.subject,
                      .purpose = requested.purpose,
                      .choice = ConsentEventType::kGiven,
                      .actor = Actor::kSubject,
                      .verified = true,
                      .mechanism = requested.mechanism,
                      .recipient = requested.recipient,
                      .channel = "confirmation"};
  given.shown = ShownNotice{.notice = requested.notice,
                            .subject = requested.subject,
                            .shown_at = requested.at,
                            .valid_until = ask.valid_until};
  ASSIGN_OR_RETURN(RecordConsentOutcome outcome, Decide(given, facts.record, now, fresh));
  outcome.event.confirms = requested.id;
  return outcome;
}

}  // namespace varsam::consent
