#include "services/retention/rpc/replay_entry.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "services/retention/rpc/convert_replay.h"

namespace varsam::retention {
namespace {

struct Again {
  ledger::Entry entry;
  RestoredRow row;
  bool known = false;
};
struct AgainFacts {
  bool known = false;
};

journal::Operation<Again, AgainFacts, Again> OperationOn(RetentionStore& store) {
  journal::Operation<Again, AgainFacts, Again> operation;
  operation.name = "Replay";
  operation.load = [&store](pg::Tx& tx, std::span<const Again* const> asks)
      -> absl::StatusOr<std::vector<AgainFacts>> {
    std::vector<AgainFacts> facts(asks.size());
    for (size_t i = 0; i < asks.size(); ++i) {
      const auto* backup = std::get_if<Backup>(&asks[i]->row);
      if (backup == nullptr) continue;
      ASSIGN_OR_RETURN(const std::optional<Backup> known, store.LoadBackup(tx, backup->id));
      facts[i].known = known.has_value();
    }
    return facts;
  };
  operation.decide = [](const Again& ask, const AgainFacts& facts,
                        const journal::Frozen&) -> absl::StatusOr<Again> {
    Again outcome = ask;
    outcome.known = facts.known;
    return outcome;
  };
  operation.entries = [](const Again& outcome) {
    return std::vector<ledger::Entry>{outcome.entry};
  };
  operation.save = [&store](pg::Tx& tx, std::span<const Again* const> outcomes,
                            std::span<const journal::Position>) {
    for (const Again* one : outcomes) {
      if (const auto* hold = std::get_if<Hold>(&one->row)) store.Save(tx, *hold);
      const auto* backup = std::get_if<Backup>(&one->row);
      if (backup != nullptr && !one->known) store.Save(tx, *backup);
    }
    return absl::OkStatus();
  };
  return operation;
}

}  // namespace

absl::StatusOr<host::Replayed> ReplayEntry(RetentionStore& store, journal::Journal& journal,
                                           const ledger::ListedEntry& entry) {
  Again ask{{entry.kind, entry.payload}, RestoredRowOf(entry.payload)};
  if (std::holds_alternative<std::monostate>(ask.row)) return host::Replayed::kPresent;
  const auto operation = OperationOn(store);
  RETURN_IF_ERROR(
      journal.SubmitAndWait(operation, std::move(ask), {.time_left = absl::Seconds(30)}).status());
  return host::Replayed::kDone;
}

}  // namespace varsam::retention
