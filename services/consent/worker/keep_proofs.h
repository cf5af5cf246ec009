// The service's own retention: proofs of consent go when the policy's rule consent_proof says so,
// unless a hold may reach the person. On a thread of its own, one bounded batch at a time.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "libs/base/clock.h"
#include "libs/journal/journal.h"
#include "libs/journal/operation.h"
#include "libs/pg/pool.h"
#include "services/consent/store/consent_store.h"
#include "services/consent/store/decision_table.h"

namespace varsam::consent {

inline constexpr absl::Duration kKeepProofsEvery = absl::Hours(6);

class KeepProofs {
 public:
  // All of it must outlive this.
  struct Parts {
    ConsentStore& store;
    DecisionTable& table;
    journal::Journal& journal;
    pg::Pool& pool;
    const Clock& clock;
    std::function<void(const ledger::CommittedBatch&)> on_commit;
  };
  explicit KeepProofs(const Parts& parts);
  ~KeepProofs();
  void Start();
  void Stop();

  struct Done {
    size_t ended = 0;  // histories
    bool more = false;
  };
  // At most one batch, after the one before; who is held stands in nobody's way. Nothing before
  // registry and retention have been read: without them neither the rule nor the holds are known.
  absl::StatusOr<Done> Tick(absl::Time now);

 private:
  void Loop();

  const Parts parts_;
  journal::Operation<ForgetProofs, ForgetProofsFacts, ForgetProofsOutcome> forget_;
  ProofPlace place_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace varsam::consent
