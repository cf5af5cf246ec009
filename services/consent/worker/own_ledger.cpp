#include "services/consent/worker/own_ledger.h"

#include <utility>

#include "libs/base/clock.h"
#include "libs/obs/log.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

OwnLedger::OwnLedger(const Parts& parts, absl::Duration look_every)
    : parts_(parts), look_every_(look_every) {
  parts_.gate.SetOnAwait([this] { parts_.ledger.Wake(); });
}

OwnLedger::~OwnLedger() { Stop(); }

void OwnLedger::Start(std::function<void()> on_look) {
  on_look_ = std::move(on_look);
  thread_ = std::thread([this] { Run(); });
}

void OwnLedger::Stop() {
  stopping_ = true;
  parts_.ledger.Wake();
  if (thread_.joinable()) thread_.join();
  parts_.gate.Close();
}

void OwnLedger::Run() {
  uint64_t version = 0;
  bool past_read = false;
  while (!stopping_) {
    if (!past_read) past_read = ApplyPast();
    while (past_read && !stopping_ && ApplyPage()) {
    }
    if (on_look_) on_look_();
    parts_.gate.Expire(MonotonicNow());
    parts_.hub.Beat(MonotonicNow());
    parts_.ledger.AwaitNews(version, look_every_);
  }
}

bool OwnLedger::ApplyPast() {
  while (!stopping_) {
    uint64_t from = 0;
    {
      std::lock_guard lock(mutex_);
      from = next_;
    }
    const absl::StatusOr<uint64_t> reached =
        parts_.reader.Scan(from, [this](const ledger::Reader::Seen& seen) {
          std::lock_guard lock(mutex_);
          return ApplyLocked(seen.index, seen.at, seen.payload);
        });
    std::lock_guard lock(mutex_);
    ShowLocked();
    if (!reached.ok()) return false;
    if (*reached < from + ledger::kScanEntriesMax) return true;
  }
  return true;
}

bool OwnLedger::ApplyPage() {
  uint64_t from = 0;
  {
    std::lock_guard lock(mutex_);
    from = next_;
  }
  absl::StatusOr<std::vector<ledger::StoredEntry>> page =
      parts_.reader.Entries(from, ledger::kReadEntriesMax);
  if (!page.ok()) return false;  // the database will be back; until then the view stands still
  std::lock_guard lock(mutex_);
  for (const ledger::StoredEntry& entry : *page) {
    if (!ApplyLocked(entry.index, entry.at, entry.payload).ok()) return false;
  }
  ShowLocked();
  if (page->empty()) caught_up_ = true;
  return !page->empty();
}

void OwnLedger::Offer(const ledger::CommittedBatch& batch) {
  std::lock_guard lock(mutex_);
  if (batch.first_index() != next_) return;
  for (const ledger::PlacedEntry& entry : batch.entries()) {
    if (!ApplyLocked(entry.index, entry.at, entry.payload).ok()) return;
  }
  ShowLocked();
}

absl::Status OwnLedger::ApplyLocked(uint64_t index, absl::Time at,
                                    const std::optional<std::string_view>& payload) {
  if (index != next_) return absl::OkStatus();  // a commit of ours came in between
  parts_.hub.Reach(ChangeSource::kOwnLedger, index + 1);
  // An erased entry has lost its effect with its payload.
  if (payload) {
    bool restored = false;
    if (absl::Status applied = ApplyConsentEntry(*payload, at, parts_.table, restored);
        !applied.ok()) {
      // Never skipped: an answer without it could allow what was withdrawn.
      obs::Log(obs::Level::kError, "own_ledger_unreadable",
               {obs::F("index", static_cast<int64_t>(index))});
      return applied;
    }
    if (restored) parts_.hub.Begin(absl::ToUnixMicros(at));
  }
  ++next_;
  return absl::OkStatus();
}

void OwnLedger::ShowLocked() {
  if (next_ == parts_.gate.revision()) return;
  parts_.gate.Advance(next_);
  parts_.hub.Flush(ChangeSource::kOwnLedger, next_);
}

}  // namespace varsam::consent
