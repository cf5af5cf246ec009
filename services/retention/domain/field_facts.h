// From what is stored of a field and its person to the facts of the composition. Pure.
#pragma once

#include <vector>

#include "services/retention/domain/catalogue.h"
#include "services/retention/domain/records.h"

namespace varsam::retention {

// Without purposes of its own a field is held for the purposes of its system; those that rest on
// consent only from the person's choice on, until its withdrawal.
std::vector<HeldPurpose> PurposesOf(const Catalogue& catalogue, const Person& person,
                                    const Field& field);

// Erasures, withdrawals and objections concern what was collected before them.
RecordFacts FactsOf(const Catalogue& catalogue, const Person& person, const Field& field,
                    const std::vector<Hold>& holds);
// Without restrictions.
RecordFacts UnheldFactsOf(const Catalogue& catalogue, const Person& person, const Field& field);

RetentionAnswer AnswerFor(const Catalogue& catalogue, const Field& field,
                          const RecordFacts& facts, absl::Time as_of, bool in_words = true);

// How a field is disposed of: the action of the rule that ends it, else plain deletion.
std::string MethodOf(const Catalogue& catalogue, const RetentionAnswer& answer);

}  // namespace varsam::retention
