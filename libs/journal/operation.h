// One kind of write as five functions; the journal runs them in this order for a whole batch:
//
//   load    facts for all asks of this kind, in their order, in one round trip (tx.Query), read
//           under the ledger's head lock, so nothing changes under a decision
//   decide  pure, for each ask: an Outcome, or an error that fails this ask alone
//   entries the ledger entries of an outcome (may be none, e.g. for a cursor move)
//   render  the response bytes, kept with the request id and given back unchanged on a replay.
//           Proofs and checkpoints are not part of it: take them from Committed::batch or, for a
//           replay, from the ledger by first_index
//   save    enqueues the rows of all outcomes (tx.Enqueue, unnest arrays); no round trip
//
//   const Operation<RecordConsent, RecordConsentFacts, RecordConsentOutcome> kRecordConsent{
//       .name = "RecordConsent", .load = …, .decide = …, .entries = …, .save = …, .render = …};
//
// load and save may run again for the same asks (after a lost connection, or one by one when a
// constraint failed): keep no state in them. A constraint that an outcome violates fails that ask
// only, with the status of pg/error.h.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/journal/frozen.h"
#include "libs/ledger/leaf.h"
#include "libs/pg/tx.h"

namespace varsam::journal {

// Where an outcome's entries stand in the ledger: first_index .. first_index + entry_count - 1.
// With entry_count zero, first_index is the size of the ledger at that moment.
struct Position {
  uint64_t first_index = 0;
  uint32_t entry_count = 0;
};

template <typename AskT, typename FactsT, typename OutcomeT>
struct Operation {
  using Ask = AskT;
  using Facts = FactsT;
  using Outcome = OutcomeT;

  std::string name;
  std::function<absl::StatusOr<std::vector<Facts>>(pg::Tx&, std::span<const Ask* const>)> load;
  std::function<absl::StatusOr<Outcome>(const Ask&, const Facts&, const Frozen&)> decide;
  std::function<std::vector<ledger::Entry>(const Outcome&)> entries;  // null: never any
  std::function<absl::Status(pg::Tx&, std::span<const Outcome* const>, std::span<const Position>)>
      save;
  std::function<std::string(const Outcome&, const Position&)> render;  // null: empty response
};

}  // namespace varsam::journal
