// Step 12 of the decision: may the data go to that recipient (Art. 28, 44-49; FORMAT 2.9). Pure.
#pragma once

#include <optional>

#include "services/consent/domain/decision.h"

namespace varsam::consent {

// `basis` is the one after basis_if_party: a third party is reached only under a purpose whose
// consent has already been asked for this very recipient.
std::optional<Denial> CheckRecipient(const DecideAsk& ask, Basis basis, calendar::LocalDay today,
                                     const DecideFacts& facts);

}  // namespace varsam::consent
