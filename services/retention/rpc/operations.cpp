#include "services/retention/rpc/operations.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/calendar/stockholm.h"
#include "services/retention/rpc/convert_entries.h"
#include "services/retention/rpc/convert_responses.h"
#include "services/retention/rpc/convert_reviews.h"

namespace varsam::retention {
namespace {

constexpr uint32_t kRunFieldsMin = 200;

// A load that answers ask by ask; the shared conflict key keeps batches at one.
template <typename Operation, typename Load>
void LoadEach(Operation& operation, Load load) {
  using Ask = typename Operation::Ask;
  using Facts = typename Operation::Facts;
  operation.load = [load](pg::Tx& tx,
                          std::span<const Ask* const> asks) -> absl::StatusOr<std::vector<Facts>> {
    std::vector<Facts> all;
    for (const Ask* ask : asks) {
      ASSIGN_OR_RETURN(Facts facts, load(tx, *ask));
      all.push_back(std::move(facts));
    }
    return all;
  };
}

template <typename Operation, typename Save>
void SaveEach(Operation& operation, Save save) {
  using Outcome = typename Operation::Outcome;
  operation.save = [save](pg::Tx& tx, std::span<const Outcome* const> outcomes,
                          std::span<const journal::Position> positions) {
    for (size_t i = 0; i < outcomes.size(); ++i) save(tx, *outcomes[i], positions[i]);
    return absl::OkStatus();
  };
}

FreshIds FreshFrom(const journal::Frozen& frozen) {
  return [&frozen](uint32_t n) { return frozen.FreshV7(n); };
}

void BuildRecords(RetentionStore& store, Operations& to) {
  to.record_signals.name = "RecordSignals";
  LoadEach(to.record_signals, [&store](pg::Tx& tx, const RecordSignals& ask) {
    std::vector<SubjectId> subjects;
    for (const Signal& signal : ask.signals) subjects.push_back(signal.subject);
    return store.LoadPeople(tx, subjects);
  });
  to.record_signals.decide = [](const RecordSignals& ask, const PeopleFacts& facts,
                                const journal::Frozen& frozen) {
    return Decide(ask, facts, frozen.now);
  };
  to.record_signals.entries = [](const RecordSignalsOutcome& outcome) {
    return EntriesOf(outcome);
  };
  to.record_signals.render = RenderSignals;
  SaveEach(to.record_signals,
           [&store](pg::Tx& tx, const RecordSignalsOutcome& outcome, const journal::Position&) {
             store.Save(tx, std::span<const PersonRecords>(outcome.changed));
             store.SaveHeard(tx, outcome.heard);
           });

  to.grant_erasure.name = "PlanErasure";
  LoadEach(to.grant_erasure,
           [&store](pg::Tx& tx, const GrantErasure& ask) { return store.LoadFacts(tx, ask); });
  to.grant_erasure.decide = [](const GrantErasure& ask, const GrantErasureFacts& facts,
                               const journal::Frozen& frozen) {
    return Decide(ask, facts, frozen.now);
  };
  to.grant_erasure.entries = [](const GrantErasureOutcome& outcome) {
    std::vector<ledger::Entry> entries;
    AddLimits(outcome.limits, entries);
    return entries;
  };
  to.grant_erasure.render = RenderErasurePlan;
  SaveEach(to.grant_erasure,
           [&store](pg::Tx& tx, const GrantErasureOutcome& outcome, const journal::Position&) {
             store.Save(tx, std::span(&outcome.changed, 1));
           });
}

template <typename Operation>
void BuildHold(RetentionStore& store, Operation& operation) {
  using Ask = typename Operation::Ask;
  LoadEach(operation, [&store](pg::Tx& tx, const Ask& ask) { return store.LoadFacts(tx, ask); });
  operation.entries = [](const HoldOutcome& outcome) -> std::vector<ledger::Entry> {
    if (!outcome.changed) return {};
    return {HoldEntry(outcome.hold)};
  };
  operation.render = RenderHold;
  SaveEach(operation, [&store](pg::Tx& tx, const HoldOutcome& outcome, const journal::Position&) {
    if (outcome.changed) store.Save(tx, outcome.hold);
  });
}

void BuildHolds(RetentionStore& store, Operations& to) {
  to.place_hold.name = "PlaceHold";
  BuildHold(store, to.place_hold);
  to.place_hold.decide = [](const PlaceHold& ask, const PlaceHoldFacts& facts,
                            const journal::Frozen& frozen) {
    return Decide(ask, facts, frozen.now, HoldId(frozen.id));
  };
  to.release_hold.name = "ReleaseHold";
  BuildHold(store, to.release_hold);
  to.release_hold.decide = [](const ReleaseHold& ask, const ReleaseHoldFacts& facts,
                              const journal::Frozen& frozen) {
    return Decide(ask, facts, frozen.now);
  };
}

// Of a run of so many items no more is loaded than its items need; a demanded digest is that of the
// whole plan. A person whose fields fall due on several days is met once.
absl::StatusOr<RunDisposalFacts> LoadRun(RetentionStore& store, pg::Tx& tx,
                                         const RunDisposalAsk& ask, absl::Time now) {
  const calendar::LocalDay today = calendar::LocalDayOf(now);
  if (ask.run.items_max == 0 || !ask.plan_digest.empty()) return store.LoadDue(tx, today);
  DueRange range{ask.run.systems, std::max(ask.run.items_max, kRunFieldsMin), std::nullopt};
  ASSIGN_OR_RETURN(RunDisposalFacts facts, store.LoadDue(tx, today, range));
  if (facts.catalogue == nullptr) return facts;
  const auto due_among = [&](const std::vector<PersonRecords>& people) {
    return PlanDisposals(*facts.catalogue, people, facts.holds, now, ask.run.systems,
                         SilentSystems(facts.heard, now))
        .due_items;
  };
  if (!facts.next_after) return facts;
  std::set<SubjectId> met;
  for (const PersonRecords& one : facts.candidates) met.insert(one.person.id);
  uint32_t due = due_among(facts.candidates);
  while (due < ask.run.items_max && facts.next_after) {
    range.after = facts.next_after;
    ASSIGN_OR_RETURN(RunDisposalFacts more, store.LoadDue(tx, today, range));
    std::erase_if(more.candidates,
                  [&](const PersonRecords& one) { return !met.insert(one.person.id).second; });
    due += due_among(more.candidates);
    facts.next_after = more.next_after;
    std::move(more.candidates.begin(), more.candidates.end(), std::back_inserter(facts.candidates));
  }
  return facts;
}

void BuildDisposal(RetentionStore& store, const DisposalCaps& caps, const varsam::Clock& clock,
                   Operations& to) {
  to.run_disposal.name = "RunDisposal";
  LoadEach(to.run_disposal, [&store, &clock](pg::Tx& tx, const RunDisposalAsk& ask) {
    return LoadRun(store, tx, ask, clock.Now());
  });
  to.run_disposal.decide =
      [caps](const RunDisposalAsk& ask, const RunDisposalFacts& facts,
             const journal::Frozen& frozen) -> absl::StatusOr<RunDisposalOutcome> {
    ASSIGN_OR_RETURN(RunDisposalOutcome outcome,
                     Decide(ask.run, facts, caps, frozen.now, frozen.id, FreshFrom(frozen)));
    if (!ask.plan_digest.empty() && ask.plan_digest != PlanDigest(outcome.plan_text)) {
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "PLAN_CHANGED",
                             "plan_digest: something else is due than what was planned");
    }
    return outcome;
  };
  to.run_disposal.entries = [](const RunDisposalOutcome& outcome) { return EntriesOf(outcome); };
  to.run_disposal.render = RenderRun;
  SaveEach(to.run_disposal, [&store](pg::Tx& tx, const RunDisposalOutcome& outcome,
                                     const journal::Position&) { store.Save(tx, outcome); });

  to.resume.name = "ResumeDisposals";
  LoadEach(to.resume, [&store](pg::Tx& tx, const ResumeSome& ask) {
    return store.LoadBlocked(tx, ask.after);
  });
  to.resume.decide = [](const ResumeSome&, const ResumeDisposals& facts,
                        const journal::Frozen& frozen) -> absl::StatusOr<ResumeOutcome> {
    return ResumeOutcome{Resume(facts, frozen.now)};
  };
  to.resume.entries = [](const ResumeOutcome& outcome) { return EntriesOf(outcome.items); };
  SaveEach(to.resume, [&store](pg::Tx& tx, const ResumeOutcome& outcome, const journal::Position&) {
    store.Save(tx, std::span<const ResumedItem>(outcome.items));
  });
}

template <typename Operation>
void BuildReview(RetentionStore& store, const varsam::Clock& clock, Operation& operation) {
  using Ask = typename Operation::Ask;
  LoadEach(operation, [&store](pg::Tx& tx, const Ask& ask) { return store.LoadFacts(tx, ask); });
  operation.entries = [&clock](const ReviewOutcome& outcome) {
    std::vector<ledger::Entry> entries = {ReviewEntry(outcome.review, clock.Now())};
    AddLimits(outcome.limits, entries);
    return entries;
  };
  operation.render = [&clock](const ReviewOutcome& outcome, const journal::Position&) {
    return RenderReview(outcome, clock.Now());
  };
  SaveEach(operation, [&store](pg::Tx& tx, const ReviewOutcome& outcome, const journal::Position&) {
    store.Save(tx, outcome);
  });
}

void BuildReviews(RetentionStore& store, const varsam::Clock& clock, Operations& to) {
  to.open_review.name = "OpenReview";
  BuildReview(store, clock, to.open_review);
  to.open_review.decide = [](const OpenReview& ask, const OpenReviewFacts& facts,
                             const journal::Frozen& frozen) {
    return Decide(ask, facts, frozen.now, ReviewId(frozen.id));
  };
  to.sign_review.name = "SignReview";
  BuildReview(store, clock, to.sign_review);
  to.sign_review.decide = [](const SignReview& ask, const SignReviewFacts& facts,
                             const journal::Frozen& frozen) {
    return Decide(ask, facts, frozen.now);
  };
  to.cancel_disposal_run.name = "CancelDisposalRun";
  LoadEach(to.cancel_disposal_run,
           [&store](pg::Tx& tx, const CancelDisposalRun& ask) { return store.LoadFacts(tx, ask); });
  to.cancel_disposal_run.decide =
      [](const CancelDisposalRun& ask, const CancelDisposalRunFacts& facts,
         const journal::Frozen& frozen) { return Decide(ask, facts, frozen.now); };
  to.cancel_disposal_run.entries = [](const CancelDisposalRunOutcome& outcome) {
    return std::vector<ledger::Entry>{CancelledEntry(outcome)};
  };
  to.cancel_disposal_run.render = RenderCancelled;
  SaveEach(to.cancel_disposal_run, [&store](pg::Tx& tx, const CancelDisposalRunOutcome& outcome,
                                            const journal::Position&) { store.Save(tx, outcome); });
}

void BuildBackups(RetentionStore& store, Operations& to) {
  to.register_backup.name = "RegisterBackup";
  LoadEach(to.register_backup,
           [&store](pg::Tx& tx, const RegisterBackup& ask) -> absl::StatusOr<BackupFacts> {
             ASSIGN_OR_RETURN(std::optional<Backup> known, store.LoadBackup(tx, ask.backup.id));
             return BackupFacts{std::move(known)};
           });
  to.register_backup.decide = [](const RegisterBackup& ask, const BackupFacts& facts,
                                 const journal::Frozen& frozen) -> absl::StatusOr<BackupOutcome> {
    if (facts.known) {
      const Backup& known = *facts.known;
      if (known.target == ask.backup.target && known.taken_at == ask.backup.taken_at &&
          known.expires_on == ask.backup.expires_on) {
        return BackupOutcome{known, false};
      }
      return ErrorWithReason(absl::StatusCode::kAlreadyExists, "BACKUP_KNOWN",
                             "backup.id: known with other content");
    }
    if (ask.backup.taken_at > frozen.now + absl::Minutes(1)) {
      return InvalidField("backup.taken_at", "in the future");
    }
    BackupOutcome outcome{ask.backup, true};
    outcome.backup.registered_at = frozen.now;
    return outcome;
  };
  to.register_backup.entries = [](const BackupOutcome& outcome) -> std::vector<ledger::Entry> {
    if (!outcome.append) return {};
    return {BackupEntry(outcome.backup)};
  };
  to.register_backup.render = RenderBackup;
  SaveEach(to.register_backup,
           [&store](pg::Tx& tx, const BackupOutcome& outcome, const journal::Position&) {
             if (outcome.append) store.Save(tx, outcome.backup);
           });
}

void BuildSettle(RetentionStore& store, const SubjectHash& hash, Operations& to) {
  to.settle.name = "SettlePeople";
  LoadEach(to.settle, [&store](pg::Tx& tx, const SettleSome& ask) {
    return store.LoadWaiting(tx, ask.after);
  });
  to.settle.decide = [hash](const SettleSome&, const SettlePeopleFacts& facts,
                            const journal::Frozen& frozen) -> absl::StatusOr<SettlePeopleOutcome> {
    return Settle(facts, frozen.now, FreshFrom(frozen), hash);
  };
  to.settle.entries = [](const SettlePeopleOutcome& outcome) {
    return EntriesOf(outcome.certificates);
  };
  SaveEach(to.settle, [&store](pg::Tx& tx, const SettlePeopleOutcome& outcome,
                               const journal::Position& position) {
    store.Save(tx, outcome, ToStored(outcome.certificates, position.first_index));
  });
}

void BuildFeed(RetentionStore& store, SubjectHash hash, Operations& to) {
  to.apply_feed.name = "ApplyFeed";
  LoadEach(to.apply_feed,
           [&store](pg::Tx& tx, const ApplyFeed& ask) { return store.LoadFacts(tx, ask); });
  to.apply_feed.decide = [hash = std::move(hash)](const ApplyFeed& ask, const ApplyFeedFacts& facts,
                                                  const journal::Frozen& frozen) {
    return Decide(ask, facts, frozen.now, FreshFrom(frozen), hash);
  };
  to.apply_feed.entries = [](const ApplyFeedOutcome& outcome) { return EntriesOf(outcome); };
  SaveEach(to.apply_feed, [&store](pg::Tx& tx, const ApplyFeedOutcome& outcome,
                                   const journal::Position& position) {
    store.Save(tx, outcome, ToStored(outcome.certificates, position.first_index));
  });

  to.recompute.name = "Recompute";
  LoadEach(to.recompute, [&store](pg::Tx& tx, const RecomputeSome& ask) {
    return store.LoadOutdated(tx, ask.now);
  });
  to.recompute.decide = [](const RecomputeSome&, const RecomputeFacts& facts,
                           const journal::Frozen& frozen) -> absl::StatusOr<RecomputeOutcome> {
    RecomputeOutcome outcome;
    for (const auto& [id, known] : facts.people.people) {
      PersonRecords records = known;
      if (Recompute(*facts.people.catalogue, frozen.now, records)) {
        outcome.limits.push_back({id, LimitsOf(records.fields)});
      }
      outcome.changed.push_back(std::move(records));
    }
    return outcome;
  };
  to.recompute.entries = [](const RecomputeOutcome& outcome) {
    std::vector<ledger::Entry> entries;
    AddLimits(outcome.limits, entries);
    return entries;
  };
  SaveEach(to.recompute,
           [&store](pg::Tx& tx, const RecomputeOutcome& outcome, const journal::Position&) {
             store.Save(tx, std::span<const PersonRecords>(outcome.changed));
           });
}

}  // namespace

Operations::Operations(RetentionStore& store, const DisposalCaps& caps, const varsam::Clock& clock,
                       SubjectHash hash) {
  BuildRecords(store, *this);
  BuildHolds(store, *this);
  BuildDisposal(store, caps, clock, *this);
  BuildReviews(store, clock, *this);
  BuildBackups(store, *this);
  BuildSettle(store, hash, *this);
  BuildFeed(store, std::move(hash), *this);
}

}  // namespace varsam::retention
