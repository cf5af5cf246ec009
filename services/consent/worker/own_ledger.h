// The decision table's reader of the own ledger: all of it at the start, then each batch right
// after its commit here, and what other replicas commit by looking every few milliseconds.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/ledger/batch.h"
#include "libs/ledger/ledger.h"
#include "libs/ledger/reader.h"
#include "services/consent/store/change_hub.h"
#include "services/consent/store/decision_table.h"
#include "services/consent/store/revision_gate.h"

namespace varsam::consent {

class OwnLedger {
 public:
  struct Parts {
    const ledger::Reader& reader;
    ledger::Ledger& ledger;
    DecisionTable& table;
    RevisionGate& gate;
    ChangeHub& hub;
  };
  // `look_every` bounds how long a commit of another replica stays unseen here.
  OwnLedger(const Parts& parts, absl::Duration look_every = absl::Milliseconds(10));
  ~OwnLedger();

  // `on_look` runs on the reader's thread after each look.
  void Start(std::function<void()> on_look);
  void Stop();
  // The end of the log has been seen once.
  bool caught_up() const { return caught_up_.load(); }

  // A batch this process has just committed. Does nothing when it does not come next.
  void Offer(const ledger::CommittedBatch& batch);

 private:
  void Run();
  // The past, in one go; false when it has to be tried again.
  bool ApplyPast();
  // Of the entry that comes next; others are passed over. Under the mutex.
  absl::Status ApplyLocked(uint64_t index, absl::Time at,
                           const std::optional<std::string_view>& payload);
  void ShowLocked();
  // At most one page; true when there may be more.
  bool ApplyPage();

  const Parts parts_;
  const absl::Duration look_every_;
  std::function<void()> on_look_;
  std::mutex mutex_;  // who applies
  uint64_t next_ = 0;
  std::atomic<bool> caught_up_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace varsam::consent
