#include "services/consent/rpc/replay_entry.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/ledger/receipt.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

struct Again {
  ledger::Entry entry;
  RestoredFact fact;
};
struct AgainFacts {
  ForgetProofsFacts proofs;
  ReviewSuppressionFacts suppression;
};
struct AgainOutcome {
  Again ask;
  bool known = true;  // false: about what the backup does not have; nothing is written
  ForgetProofsOutcome gone;
};

absl::StatusOr<AgainFacts> Load(ConsentStore& store, pg::Tx& tx, const Again& ask) {
  AgainFacts facts;
  if (const auto* gone = std::get_if<ForgetProofs>(&ask.fact)) {
    const ForgetProofs* const asks[] = {gone};
    ASSIGN_OR_RETURN(std::vector<ForgetProofsFacts> found, store.LoadFacts(tx, asks));
    facts.proofs = std::move(found.at(0));
  }
  if (const auto* reviewed = std::get_if<ReviewSuppressionOutcome>(&ask.fact)) {
    const ReviewSuppression review{reviewed->id, reviewed->keep};
    const ReviewSuppression* const asks[] = {&review};
    ASSIGN_OR_RETURN(const std::vector<ReviewSuppressionFacts> found, store.LoadFacts(tx, asks));
    facts.suppression = found.at(0);
  }
  return facts;
}

AgainOutcome DecideAgain(const Again& ask, const AgainFacts& facts) {
  AgainOutcome outcome{ask, true, {}};
  if (const auto* gone = std::get_if<ForgetProofs>(&ask.fact)) {
    outcome.gone = Decide(*gone, facts.proofs);
    outcome.known = !outcome.gone.consents.empty();
  }
  if (auto* reviewed = std::get_if<ReviewSuppressionOutcome>(&outcome.ask.fact)) {
    outcome.known = facts.suppression.ledger_index.has_value();
    reviewed->ledger_index = facts.suppression.ledger_index.value_or(0);
  }
  return outcome;
}

void SaveAgain(ConsentStore& store, pg::Tx& tx, const AgainOutcome& outcome, uint64_t index) {
  if (!outcome.known) return;
  std::visit(
      [&](const auto& row) {
        using Row = std::decay_t<decltype(row)>;
        if constexpr (std::is_same_v<Row, ForgetProofs>) {
          const ForgetProofsOutcome* const outcomes[] = {&outcome.gone};
          store.Save(tx, outcomes);
        } else if constexpr (std::is_same_v<Row, ReviewSuppressionOutcome>) {
          const ReviewSuppressionOutcome* const outcomes[] = {&row};
          store.Save(tx, outcomes);
        } else if constexpr (!std::is_same_v<Row, std::monostate>) {
          const Placed<Row> placed{&row, index};
          store.Save(tx, std::span(&placed, 1));
        }
      },
      outcome.ask.fact);
}

journal::Operation<Again, AgainFacts, AgainOutcome> OperationOn(ConsentStore& store) {
  journal::Operation<Again, AgainFacts, AgainOutcome> operation;
  operation.name = "Replay";
  operation.load =
      [&store](pg::Tx& tx,
               std::span<const Again* const> asks) -> absl::StatusOr<std::vector<AgainFacts>> {
    std::vector<AgainFacts> facts;
    for (const Again* ask : asks) {
      ASSIGN_OR_RETURN(facts.emplace_back(), Load(store, tx, *ask));
    }
    return facts;
  };
  operation.decide = [](const Again& ask, const AgainFacts& facts,
                        const journal::Frozen&) -> absl::StatusOr<AgainOutcome> {
    return DecideAgain(ask, facts);
  };
  operation.entries = [](const AgainOutcome& outcome) {
    std::vector<ledger::Entry> entries;
    if (outcome.known) entries.push_back(outcome.ask.entry);
    return entries;
  };
  operation.save = [&store](pg::Tx& tx, std::span<const AgainOutcome* const> outcomes,
                            std::span<const journal::Position> positions) {
    for (size_t i = 0; i < outcomes.size(); ++i) {
      SaveAgain(store, tx, *outcomes[i], positions[i].first_index);
    }
    return absl::OkStatus();
  };
  return operation;
}

}  // namespace

absl::StatusOr<host::Replayed> ReplayEntry(ConsentStore& store, journal::Journal& journal,
                                           const ledger::ListedEntry& entry) {
  Again ask{{entry.kind, entry.payload}, RestoredFactOf(entry.payload)};
  if (std::holds_alternative<std::monostate>(ask.fact)) return host::Replayed::kPresent;
  const auto operation = OperationOn(store);
  ASSIGN_OR_RETURN(
      const journal::Committed committed,
      journal.SubmitAndWait(operation, std::move(ask), {.time_left = absl::Seconds(30)}));
  return committed.entry_count > 0 ? host::Replayed::kDone : host::Replayed::kAbsent;
}

}  // namespace varsam::consent
