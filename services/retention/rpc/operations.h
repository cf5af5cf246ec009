// The writes of retention as the journal runs them: load, decide, entries, render, save, each
// pointing at the store and the domain.
#pragma once

#include <functional>
#include <string>

#include "libs/base/clock.h"
#include "libs/journal/operation.h"
#include "services/retention/store/retention_store.h"

namespace varsam::retention {

struct RunDisposalAsk {
  RunDisposal run;
  std::string plan_digest;  // demanded, or empty
};
struct RegisterBackup {
  Backup backup;
};
struct BackupFacts {
  std::optional<Backup> known;
};
struct BackupOutcome {
  Backup backup;
  bool append = true;
};
// Steps of the worker.
struct RecomputeSome {
  absl::Time now;
};
struct RecomputeOutcome {
  std::vector<PersonRecords> changed;
  std::vector<PersonLimits> limits;
};
struct ResumeSome {
  ItemId after;
};
struct ResumeOutcome {
  std::vector<ResumedItem> items;
};

struct SettleSome {
  SubjectId after;
};

struct Operations {
  // `store` and `clock` must outlive the operations.
  Operations(RetentionStore& store, const DisposalCaps& caps, const varsam::Clock& clock,
             SubjectHash hash);

  journal::Operation<RecordSignals, PeopleFacts, RecordSignalsOutcome> record_signals;
  journal::Operation<GrantErasure, GrantErasureFacts, GrantErasureOutcome> grant_erasure;
  journal::Operation<PlaceHold, PlaceHoldFacts, HoldOutcome> place_hold;
  journal::Operation<ReleaseHold, ReleaseHoldFacts, HoldOutcome> release_hold;
  journal::Operation<RunDisposalAsk, RunDisposalFacts, RunDisposalOutcome> run_disposal;
  journal::Operation<CancelDisposalRun, CancelDisposalRunFacts, CancelDisposalRunOutcome>
      cancel_disposal_run;
  journal::Operation<OpenReview, OpenReviewFacts, ReviewOutcome> open_review;
  journal::Operation<SignReview, SignReviewFacts, ReviewOutcome> sign_review;
  journal::Operation<RegisterBackup, BackupFacts, BackupOutcome> register_backup;
  journal::Operation<ApplyFeed, ApplyFeedFacts, ApplyFeedOutcome> apply_feed;
  journal::Operation<RecomputeSome, RecomputeFacts, RecomputeOutcome> recompute;
  journal::Operation<ResumeSome, ResumeDisposals, ResumeOutcome> resume;
  journal::Operation<SettleSome, SettlePeopleFacts, SettlePeopleOutcome> settle;
};

}  // namespace varsam::retention
