// The rows of one person become facts of one decision: gathered in one pass over the rows, then
// weighed into what DOMAIN §4 asks for (source, contract, limits, holds, choices). Pure; nothing
// here locks, so callers hold the shard's lock while they pass its rows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "absl/container/inlined_vector.h"
#include "services/consent/domain/decide.h"
#include "services/consent/domain/linked_choices.h"
#include "services/consent/store/decision_table.h"

namespace varsam::consent {

// What one decision concerns, on the stack unless a person has uncommonly many.
struct Gathered {
  absl::InlinedVector<ConsentEvent, 4> consents;
  absl::InlinedVector<MarketingObjection, 2> objections;
  absl::InlinedVector<TopicChoice, 4> topics;
  absl::InlinedVector<LiObjection, 2> li_objections;
  absl::InlinedVector<Restriction, 2> restrictions;
  absl::InlinedVector<Hold, 2> holds;
  absl::InlinedVector<Row, 3> sources, ties, limits;
  absl::InlinedVector<uint32_t, 2> categories;
  std::optional<Row> classification;
  std::optional<Row> global_stop;
};

// Adds what `question` may see of a person: rows recorded after question.known are passed over.
// Also sets facts.erased_at.
void Gather(const Names& names, const Purpose& purpose, const Question& question,
            const PackedRows& person, Gathered& to, DecideFacts& facts);
void Gather(const Names& names, const Purpose& purpose, const Question& question,
            std::span<const Row> rows, Gathered& to, DecideFacts& facts);

// The source whose duty to inform presses most: indirect, untold, collected first. `at` in
// microseconds of UTC.
void SetSource(const PolicyVersion& policy, int64_t at, const Gathered& from, DecideFacts& facts);
// The contract that carries `purpose`, one that runs before one that does not. `today` in days
// since 1970-01-01, Stockholm.
void SetContract(const PolicyVersion& policy, PurposeKey purpose, int64_t today,
                 const Gathered& from, DecideFacts& facts);
// Asked categories: the earliest counts. None asked: the latest of those the purpose may use, since
// some of its data may still be used then.
void SetLimits(const Purpose& purpose, const DataSet& asked, const Gathered& from,
               DecideFacts& facts);
bool LimitPassed(const DecideFacts& facts, calendar::LocalDay today);
// Does the hold concern this person and any of the data asked for (none asked: all)?
bool Reaches(const ScopedHold& hold, SubjectId subject, const DataSet& data, const Gathered& from);

// Views into `from`, which must outlive them.
ChoicesOf ChoicesIn(const Gathered& from);
void SetChoices(const ChoicesOf& from, DecideFacts& facts);

}  // namespace varsam::consent
