// Starting a disposal run, within its caps and only while the clocks agree (SECURITY 4.3, finding
// 7: a clock that jumps forward must not become a mass erasure). Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/retention/domain/plan_disposal.h"

namespace varsam::retention {

// Wall clock and monotonic clock read together.
struct ClockAnchor {
  absl::Time wall;
  absl::Duration monotonic;
  std::string boot;  // monotonic readings of one boot can be compared
  bool operator==(const ClockAnchor&) const = default;
};
inline constexpr absl::Duration kClockDriftMax = absl::Hours(1);

// FAILED_PRECONDITION CLOCKS_DISAGREE when since `last` the wall clock has moved more than an hour
// more or less than real time. Anchors of different boots say nothing, except that time must not go
// back.
absl::Status CheckClocks(const std::optional<ClockAnchor>& last, const ClockAnchor& now);

struct DisposalCaps {
  uint32_t items_max = 2000;         // disposal_items_per_run_max
  uint32_t people_max = 500;         // or 0.5 % of all people, whichever is more
  uint32_t items_hard_max = 20'000;  // never in one run, whoever approves
};

struct RunDisposal {
  std::vector<std::string> systems;
  std::string operator_name;
  std::vector<std::string> approvers;
  std::optional<ClockAnchor> clocks;           // absent: a file drives the clock (development)
  uint32_t items_max = 0;                      // due items, the earliest first; 0: all
  absl::Duration undo = absl::ZeroDuration();  // staged so long before they are issued
};
inline constexpr absl::Duration kUndoMax = absl::Hours(24 * 7);

// A place in the due index: by the day, then by person.
struct DuePosition {
  calendar::LocalDay day;
  SubjectId subject;
};

struct RunDisposalFacts {
  std::shared_ptr<const Catalogue> catalogue;
  std::vector<PersonRecords> candidates;
  std::vector<Hold> holds;
  uint64_t people_total = 0;
  HeardAt heard;
  std::optional<ClockAnchor> last_clocks;
  std::optional<DuePosition> next_after;  // more may be due after it
};

struct DisposalRun {
  RunId id;
  absl::Time as_of, started_at;
  std::optional<absl::Time> finished_at;
  std::string operator_name;
  std::vector<std::string> approvers;
  uint32_t items_total = 0, items_done = 0, items_failed = 0, items_blocked = 0;
  bool operator==(const DisposalRun&) const = default;
};

struct RunDisposalOutcome {
  DisposalRun run;
  std::vector<DisposalItem> items;  // issued and blocked
  std::string plan_text;
  std::optional<ClockAnchor> clocks;
};

// What is blocked or staged of a run and can still be taken back.
struct CancelDisposalRun {
  RunId run;
  std::string cancelled_by;
};
struct CancelDisposalRunFacts {
  std::optional<DisposalRun> run;
  std::vector<DisposalItem> blocked;
};
struct CancelDisposalRunOutcome {
  DisposalRun run;
  std::vector<DisposalItem> items;  // now kFailed, CANCELLED: the next plan has their fields again
  std::string cancelled_by;
};
// NOT_FOUND RUN_UNKNOWN; FAILED_PRECONDITION NOTHING_TO_CANCEL: all of it has been issued.
absl::StatusOr<CancelDisposalRunOutcome> Decide(const CancelDisposalRun& ask,
                                                const CancelDisposalRunFacts& facts,
                                                absl::Time now);

using FreshIds = std::function<Uuid(uint32_t)>;

// FAILED_PRECONDITION POLICY_MISSING | CLOCKS_DISAGREE | SECOND_APPROVER_NEEDED | RUN_TOO_LARGE
absl::StatusOr<RunDisposalOutcome> Decide(const RunDisposal& ask, const RunDisposalFacts& facts,
                                          const DisposalCaps& caps, absl::Time now, Uuid run,
                                          const FreshIds& fresh);

// A hold or a restriction that has ended resumes what it had blocked: the items that are due now,
// as they will be issued. `blocked` are items of earlier runs.
struct ResumeDisposals {
  std::vector<DisposalItem> blocked;
  RunDisposalFacts facts;
};
struct ResumedItem {
  DisposalItem item;                   // kIssued, or kFailed: all of it went another way
  std::vector<std::string> left_over;  // categories no longer due: they leave the item
};
std::vector<ResumedItem> Resume(const ResumeDisposals& ask, absl::Time now);

}  // namespace varsam::retention
