// Steps 6 and 7 of the decision: what the person has said no to (FORMAT 2.4, 2.5; Art. 21). Pure.
#pragma once

#include <optional>

#include "services/consent/domain/decision.h"

namespace varsam::consent {

// Does an objection of that scope reach the purpose? Never one without direct marketing.
bool Reaches(ObjectionScope scope, const Purpose& purpose);

// Step 6, first part. All objections are lifted together, by a valid consent of the person for this
// very purpose, given through a verified channel after the latest of them.
std::optional<Denial> CheckMarketingObjections(const DecideAsk& ask, const DecideFacts& facts);
// Step 6, second part.
std::optional<Denial> CheckTopic(const DecideAsk& ask, const DecideFacts& facts);
// Step 7; `basis` is the one after basis_if_party.
std::optional<Denial> CheckLiObjections(const Purpose& purpose, Basis basis, absl::Time at,
                                        const DecideFacts& facts);

}  // namespace varsam::consent
