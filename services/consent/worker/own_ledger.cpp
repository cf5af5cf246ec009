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
  while (!stopping_) {
    while (!stopping_ && ApplyPage()) {
    }
    if (on_look_) on_look_();
    parts_.gate.Expire(MonotonicNow());
    parts_.ledger.AwaitNews(version, look_every_);
  }
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
    if (entry.index != next_) continue;  // a commit of ours came in between
    // An erased entry has lost its effect with its payload.
    if (entry.payload) {
      if (absl::Status applied = ApplyConsentEntry(*entry.payload, entry.at, parts_.table);
          !applied.ok()) {
        // Never skipped: an answer without it could allow what was withdrawn.
        obs::Log(obs::Level::kError, "own_ledger_unreadable",
                 {obs::F("index", static_cast<int64_t>(entry.index))});
        return false;
      }
    }
    ++next_;
  }
  if (next_ != parts_.gate.revision()) {
    parts_.gate.Advance(next_);
    parts_.hub.Flush();
  }
  if (page->empty()) caught_up_ = true;
  return !page->empty();
}

void OwnLedger::Offer(const ledger::CommittedBatch& batch) {
  std::lock_guard lock(mutex_);
  if (batch.first_index() != next_) return;
  for (const ledger::PlacedEntry& entry : batch.entries()) {
    if (!ApplyConsentEntry(entry.payload, entry.at, parts_.table).ok()) return;
    ++next_;
  }
  parts_.gate.Advance(next_);
  parts_.hub.Flush();
}

}  // namespace varsam::consent
