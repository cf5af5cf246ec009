// What the ledgers of the other services mean here: one batch of a feed is one decision, saved with
// the feed's cursor, so that every effect happens once. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "services/retention/domain/certificate.h"
#include "services/retention/domain/record_signals.h"
#include "services/retention/domain/run_disposal.h"
#include "services/retention/domain/settle_people.h"

namespace varsam::retention {

struct PolicyApplied {
  PolicyVersion policy;     // without seq
  std::string model_bytes;  // as the ledger has it, for the store
};
struct SourcesChanged {
  SubjectId subject;
  std::vector<PersonSource> sources;
};
struct SubjectErased {
  SubjectId subject;
  absl::Time at;
};
struct SubjectsMerged {
  SubjectId survivor, merged;
};
struct ConsentChanged {
  SubjectId subject;
  ConsentChoice choice;
};
struct ObjectionChanged {
  SubjectId subject;
  std::vector<std::string> purposes;
  bool upheld = false;  // else it is only remembered for replays
  absl::Time at;
};
struct AddressSuppressed {
  std::string address_hash;
  absl::Time at;
};
// The person ends the contact (P49): an event of everything held about it.
struct ContactEnded {
  SubjectId subject;
  absl::Time at;
};
struct RestrictionChanged {
  SubjectId subject;
  std::string case_id;
  RecordRestriction restriction;
};
struct ErasureExecuted {
  SubjectId subject;
  std::string case_id;
  std::vector<ExecutedErasure> executed;
  std::vector<ErasureResidue> residue;
  std::vector<std::string> recipients_told;
};
struct DisposalResult {
  ItemId item;
  bool done = false;
  ExecutedErasure executed;
  std::string failure;
};
struct DisposalFinished {
  std::vector<DisposalResult> results;
};

using FeedEffect =
    std::variant<PolicyApplied, SourcesChanged, SubjectErased, SubjectsMerged, ConsentChanged,
                 ObjectionChanged, AddressSuppressed, RestrictionChanged, ErasureExecuted,
                 DisposalFinished, ContactEnded>;

struct ApplyFeed {
  std::string feed;
  uint64_t next_index = 0;
  std::vector<FeedEffect> effects;
};

// The people and items an ask speaks of, for the store.
std::vector<SubjectId> SubjectsOf(const ApplyFeed& ask);
std::vector<ItemId> ItemsOf(const ApplyFeed& ask);

struct ApplyFeedFacts {
  PeopleFacts people;
  std::vector<PolicyVersion> policies;  // all so far
  uint64_t cursor = 0;                  // the next index this feed wants
  // For results: the items named, all other items of their people in the same runs, the runs.
  std::vector<DisposalItem> items;
  std::vector<DisposalRun> runs;
  std::vector<Hold> holds;
  HeardAt heard;
};

struct ReplayFact {
  Uuid id;
  std::string kind;  // erasure, withdrawal, objection, restriction, suppression
  std::string subject_hash, purpose;
  absl::Time at;
  bool operator==(const ReplayFact&) const = default;
};

struct ApplyFeedOutcome {
  std::string feed;
  uint64_t next_index = 0;
  bool stale = false;  // the batch had been applied before: nothing happens
  std::vector<PersonRecords> changed;
  std::vector<SubjectId> emptied;  // merged into another
  std::vector<PersonLimits> limits;
  std::vector<std::pair<PolicyVersion, std::string>> policies;
  std::vector<ReplayFact> replay;
  std::vector<DisposalItem> finished;   // kDone or kFailed
  std::vector<DisposalRun> runs;        // changed
  std::vector<DisposalRun> new_runs;    // of cases with held fields
  std::vector<DisposalItem> new_items;  // blocked
  std::vector<Certificate> certificates;
  std::vector<WaitingPerson> waiting;  // kept known although a run left no field of theirs
  std::vector<SubjectId> forgotten;    // the registry has erased them: nothing waits for them
};

absl::StatusOr<ApplyFeedOutcome> Decide(const ApplyFeed& ask, const ApplyFeedFacts& facts,
                                        absl::Time now, const FreshIds& fresh,
                                        const SubjectHash& hash);

}  // namespace varsam::retention
