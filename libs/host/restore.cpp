#include "libs/host/restore.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/obs/log.h"
#include "varsam/ledger/v1/ledger.pb.h"

namespace varsam::host {
namespace {

constexpr absl::Duration kStepMax = absl::Seconds(30);

struct AppendOnly {
  ledger::Entry entry;
};
struct Nothing {};

// An entry and no row.
const journal::Operation<AppendOnly, Nothing, AppendOnly>& AppendOperation() {
  static const auto* const operation = [] {
    auto* made = new journal::Operation<AppendOnly, Nothing, AppendOnly>();
    made->name = "Replay";
    made->load = [](pg::Tx&, std::span<const AppendOnly* const> asks)
        -> absl::StatusOr<std::vector<Nothing>> { return std::vector<Nothing>(asks.size()); };
    made->decide = [](const AppendOnly& ask, const Nothing&,
                      const journal::Frozen&) -> absl::StatusOr<AppendOnly> { return ask; };
    made->entries = [](const AppendOnly& outcome) {
      return std::vector<ledger::Entry>{outcome.entry};
    };
    made->save = [](pg::Tx&, std::span<const AppendOnly* const>,
                    std::span<const journal::Position>) { return absl::OkStatus(); };
    return made;
  }();
  return *operation;
}

absl::Status Append(journal::Journal& journal, std::string kind, std::string payload) {
  return journal
      .SubmitAndWait(AppendOperation(), AppendOnly{{std::move(kind), std::move(payload)}},
                     {.time_left = kStepMax})
      .status();
}

using Known = std::set<std::pair<std::string, std::string>>;  // kind and payload

bool SameStamp(absl::Time a, absl::Time b) {
  return absl::ToUnixMicros(a) == absl::ToUnixMicros(b);
}

// Which of the listed entries stand in the log, as themselves or put back by an earlier replay;
// also those that were erased since, by what ended their time. Copies of an entry come after its
// first index, so older ones need not be read.
absl::StatusOr<Known> KnownOf(const ledger::Reader& reader,
                              const std::vector<ledger::ListedEntry>& listed) {
  Known wanted, known;
  std::multimap<uint64_t, const ledger::ListedEntry*> by_index;
  uint64_t from = UINT64_MAX;
  for (const ledger::ListedEntry& one : listed) {
    wanted.emplace(one.kind, one.payload);
    by_index.emplace(one.index, &one);
    from = std::min(from, one.index);
  }
  while (!wanted.empty()) {
    ASSIGN_OR_RETURN(const auto page, reader.Entries(from, ledger::kReadEntriesMax));
    if (page.empty()) break;
    for (const ledger::StoredEntry& one : page) {
      if (!one.payload) {
        const auto [begin, end] = by_index.equal_range(one.index);
        for (auto at = begin; at != end; ++at) {
          const ledger::ListedEntry& same = *at->second;
          if (same.kind == one.kind && SameStamp(same.at, one.at)) {
            known.emplace(same.kind, same.payload);
          }
        }
        continue;
      }
      std::pair<std::string, std::string> key(one.kind, *one.payload);
      if (wanted.contains(key)) known.insert(std::move(key));
    }
    from = page.back().index + 1;
  }
  return known;
}

void Stamp(absl::Time at, google::protobuf::Timestamp* to) {
  const int64_t micros = absl::ToUnixMicros(at);
  to->set_seconds(micros / 1'000'000);
  to->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
}

}  // namespace

absl::StatusOr<RestoreState> LookForRestore(const RestoreParts& parts) {
  RestoreState state;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(absl::Seconds(5)));
    ASSIGN_OR_RETURN(state.timeline, ledger::ReadTimeline(*lease));
  }
  ASSIGN_OR_RETURN(state.size, parts.reader.Size());
  state.restored = state.timeline.moved();
  if (parts.list == nullptr) return state;
  ASSIGN_OR_RETURN(const ledger::ReplayListState listed, parts.list->Scan());
  state.restored |= listed.next > state.size;
  return state;
}

absl::StatusOr<Replayed> AppendAgain(journal::Journal& journal, const ledger::ListedEntry& entry) {
  RETURN_IF_ERROR(Append(journal, entry.kind, entry.payload));
  return Replayed::kDone;
}

absl::Status ReplayAfterRestore(const RestoreParts& parts, const RestoreState& state,
                                const ReplayOne& one) {
  if (parts.list == nullptr) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RESTORE_NOT_REPLAYED",
                           "the database comes from a backup and VARSAM_REPLAY_LIST names no list");
  }
  std::vector<ledger::ListedEntry> listed;
  ASSIGN_OR_RETURN(const ledger::ReplayListState list,
                   parts.list->Scan([&](const ledger::ListedEntry& entry) {
                     listed.push_back(entry);
                     return absl::OkStatus();
                   }));
  if (list.bytes == 0) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "REPLAY_LIST_MISSING",
                           "the database comes from a backup and the replay list is not there");
  }
  ASSIGN_OR_RETURN(const Known known, KnownOf(parts.reader, listed));
  ledger::v1::RestoreEntry report;
  ledger::v1::RestoreReplayed& counts = *report.mutable_restore_replayed();
  Known done;
  for (const ledger::ListedEntry& entry : listed) {
    std::pair<std::string, std::string> key(entry.kind, entry.payload);
    Replayed became = Replayed::kPresent;
    if (!known.contains(key) && done.insert(std::move(key)).second) {
      ASSIGN_OR_RETURN(became, one(entry));
    }
    switch (became) {
      case Replayed::kDone:
        counts.set_replayed(counts.replayed() + 1);
        ++(*counts.mutable_replayed_by_kind())[entry.kind];
        break;
      case Replayed::kPresent:
        counts.set_present(counts.present() + 1);
        break;
      case Replayed::kAbsent:
        counts.set_absent(counts.absent() + 1);
        break;
    }
  }
  counts.set_size_before(state.size);
  counts.set_timeline(state.timeline.current);
  counts.set_list_mac(ToHex(list.mac));
  Stamp(parts.clock.Now(), counts.mutable_replayed_at());
  RETURN_IF_ERROR(Append(parts.journal, "restore_replayed", report.SerializeAsString()));
  ASSIGN_OR_RETURN(const uint64_t size, parts.reader.Size());
  RETURN_IF_ERROR(parts.list->AppendRestored(size, parts.clock.Now()));
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(absl::Seconds(5)));
  RETURN_IF_ERROR(ledger::AcceptTimeline(*lease, state.timeline.current));
  obs::Log(obs::Level::kWarn, "restore_replayed",
           {obs::F("size_before", static_cast<int64_t>(state.size)),
            obs::F("replayed", static_cast<int64_t>(counts.replayed())),
            obs::F("present", static_cast<int64_t>(counts.present())),
            obs::F("absent", static_cast<int64_t>(counts.absent()))});
  return absl::OkStatus();
}

}  // namespace varsam::host
