#include "services/consent/domain/forget_proofs.h"

#include "libs/calendar/stockholm.h"

namespace varsam::consent {

bool ProofIsDue(absl::Time ended, calendar::Period keep, absl::Time now) {
  return calendar::LocalDayOf(now) > calendar::AddPeriod(calendar::LocalDayOf(ended), keep);
}

bool ProofsMayGo(const Purpose& purpose) {
  return purpose.basis == Basis::kConsent && !purpose.basis_if_party && !purpose.email_marketing;
}

ForgetProofsOutcome Decide(const ForgetProofs& ask, const ForgetProofsFacts& facts) {
  ForgetProofsOutcome outcome{.histories = {}, .before = ask.before};
  for (size_t i = 0; i < ask.histories.size(); ++i) {
    const ForgetProofsFacts::Found& found = facts.each[i];
    if (found.newer || found.consents.empty()) continue;
    outcome.histories.push_back(ask.histories[i]);
    outcome.consents.insert(outcome.consents.end(), found.consents.begin(), found.consents.end());
    outcome.ledger_indexes.insert(outcome.ledger_indexes.end(), found.ledger_indexes.begin(),
                                  found.ledger_indexes.end());
  }
  return outcome;
}

}  // namespace varsam::consent
