#include "services/retention/domain/run_disposal.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/retention/domain/record_signals.h"

namespace varsam::retention {
namespace {

absl::Status Refused(std::string_view reason, std::string_view message) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, reason, message);
}

absl::Status CheckCaps(const RunDisposal& ask, const DisposalPlan& plan, uint64_t people_total,
                       const DisposalCaps& caps) {
  if (plan.items.size() > caps.items_hard_max) {
    return Refused("RUN_TOO_LARGE", absl::StrCat(plan.items.size(), " items, want at most ",
                                                 caps.items_hard_max, " in one run: name systems"));
  }
  const uint64_t people_max = std::max<uint64_t>(caps.people_max, people_total / 200);
  if (plan.due_items <= caps.items_max && plan.due_people <= people_max) return absl::OkStatus();
  std::set<std::string> approvers(ask.approvers.begin(), ask.approvers.end());
  approvers.erase("");
  if (approvers.size() >= 2) return absl::OkStatus();
  return Refused("SECOND_APPROVER_NEEDED",
                 absl::StrCat("approvers: ", plan.due_items, " items of ", plan.due_people,
                              " people are above the cap of ", caps.items_max, " items and ",
                              people_max, " people; two different people must approve"));
}

// Fields nobody waits for any more: disposed of, or part of another open disposal.
std::set<FieldKey> Settled(const std::vector<PersonRecords>& people) {
  std::set<FieldKey> settled;
  for (const PersonRecords& one : people) {
    for (const Field& field : one.fields) {
      if (field.disposed_at || field.item) settled.insert(field.key);
    }
  }
  return settled;
}

}  // namespace

absl::Status CheckClocks(const std::optional<ClockAnchor>& last, const ClockAnchor& now) {
  if (!last) return absl::OkStatus();
  const absl::Duration wall = now.wall - last->wall;
  const bool comparable = last->boot == now.boot && now.monotonic >= last->monotonic;
  const absl::Duration drift =
      comparable ? wall - (now.monotonic - last->monotonic) : std::min(wall, absl::ZeroDuration());
  if (drift <= kClockDriftMax && drift >= -kClockDriftMax) return absl::OkStatus();
  return Refused("CLOCKS_DISAGREE",
                 absl::StrCat("the wall clock is ", absl::ToInt64Minutes(drift),
                              " minutes away from where the last run left it, want at most 60"));
}

namespace {

// Leaves the first due items in the plan and every blocked one; the rest waits for the next run.
void TakeFirst(uint32_t items_max, DisposalPlan& plan) {
  if (items_max == 0 || plan.due_items <= items_max) return;
  uint32_t taken = 0;
  std::erase_if(plan.items, [&](const DisposalItem& item) {
    return item.state == DisposalState::kDue && taken++ >= items_max;
  });
  std::set<SubjectId> people;
  for (const DisposalItem& item : plan.items) {
    if (item.state == DisposalState::kDue) people.insert(item.subject);
  }
  plan.due_items = items_max;
  plan.due_people = static_cast<uint32_t>(people.size());
}

void Issue(absl::Duration undo, absl::Time now, DisposalRun& run, DisposalItem& item) {
  if (item.state != DisposalState::kDue) return;
  if (undo <= absl::ZeroDuration()) {
    item.state = DisposalState::kIssued;
    return;
  }
  item.state = DisposalState::kBlocked;
  item.blocked_by = kUndoWindow;
  item.staged_until = now + undo;
  ++run.items_blocked;
}

}  // namespace

absl::StatusOr<RunDisposalOutcome> Decide(const RunDisposal& ask, const RunDisposalFacts& facts,
                                          const DisposalCaps& caps, absl::Time now, Uuid run,
                                          const FreshIds& fresh) {
  RETURN_IF_ERROR(NeedsPolicy(facts.catalogue.get()));
  if (ask.clocks) RETURN_IF_ERROR(CheckClocks(facts.last_clocks, *ask.clocks));
  DisposalPlan plan = PlanDisposals(*facts.catalogue, facts.candidates, facts.holds, now,
                                    ask.systems, SilentSystems(facts.heard, now));
  if (ask.undo > kUndoMax) return InvalidField("undo_seconds", "want at most a week");
  TakeFirst(ask.items_max, plan);
  RETURN_IF_ERROR(CheckCaps(ask, plan, facts.people_total, caps));
  RunDisposalOutcome outcome;
  outcome.run.id = RunId(run);
  outcome.run.as_of = outcome.run.started_at = now;
  outcome.run.operator_name = ask.operator_name;
  outcome.run.approvers = ask.approvers;
  outcome.run.items_total = static_cast<uint32_t>(plan.items.size());
  outcome.run.items_blocked = plan.blocked_items;
  if (plan.due_items == 0) outcome.run.finished_at = now;
  outcome.plan_text = std::move(plan.text);
  outcome.items = std::move(plan.items);
  for (size_t i = 0; i < outcome.items.size(); ++i) {
    DisposalItem& item = outcome.items[i];
    item.id = ItemId(fresh(static_cast<uint32_t>(i)));
    item.run = outcome.run.id;
    Issue(ask.undo, now, outcome.run, item);
  }
  outcome.clocks = ask.clocks;
  return outcome;
}

absl::StatusOr<CancelDisposalRunOutcome> Decide(const CancelDisposalRun& ask,
                                                const CancelDisposalRunFacts& facts,
                                                absl::Time now) {
  if (!facts.run) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "RUN_UNKNOWN", "no such run");
  }
  CancelDisposalRunOutcome outcome{*facts.run, facts.blocked, ask.cancelled_by};
  if (outcome.items.empty()) {
    return Refused("NOTHING_TO_CANCEL", "everything in this run has been issued");
  }
  for (DisposalItem& item : outcome.items) {
    item.state = DisposalState::kFailed;
    item.failure = "CANCELLED";
  }
  DisposalRun& run = outcome.run;
  const auto cancelled = static_cast<uint32_t>(outcome.items.size());
  run.items_failed += cancelled;
  run.items_blocked -= std::min(run.items_blocked, cancelled);
  if (run.items_done + run.items_failed + run.items_blocked >= run.items_total) {
    run.finished_at = now;
  }
  return outcome;
}

std::vector<ResumedItem> Resume(const ResumeDisposals& ask, absl::Time now) {
  std::vector<ResumedItem> resumed;
  if (ask.facts.catalogue == nullptr) return resumed;
  const DisposalPlan plan =
      PlanDisposals(*ask.facts.catalogue, ask.facts.candidates, ask.facts.holds, now, {},
                    SilentSystems(ask.facts.heard, now));
  std::map<FieldKey, const DisposalItem*> due;
  for (const DisposalItem& item : plan.items) {
    if (item.state != DisposalState::kDue) continue;
    for (const std::string& category : item.data_categories) {
      due[{item.subject, item.system, item.record_key, category}] = &item;
    }
  }
  std::set<FieldKey> settled = Settled(ask.facts.candidates);
  for (const DisposalItem& item : ask.blocked) {
    if (item.staged_until && now < *item.staged_until) continue;
    ResumedItem one{item, {}};
    one.item.data_categories.clear();
    size_t gone = 0;
    for (const std::string& category : item.data_categories) {
      const FieldKey key{item.subject, item.system, item.record_key, category};
      auto found = due.find(key);
      if (found == due.end()) {
        one.left_over.push_back(category);
        if (settled.contains(key)) ++gone;
        continue;
      }
      one.item.data_categories.push_back(category);
      one.item.retain_until = found->second->retain_until;
      due.erase(found);
      settled.insert(key);
    }
    if (gone == item.data_categories.size()) {
      one.item = item;
      one.item.state = DisposalState::kFailed;
      one.item.failure = "DISPOSED_ELSEWHERE";
      resumed.push_back(std::move(one));
      continue;
    }
    if (one.item.data_categories.empty()) continue;
    one.item.state = DisposalState::kIssued;
    one.item.blocked_by.clear();
    one.item.staged_until.reset();
    resumed.push_back(std::move(one));
  }
  return resumed;
}

}  // namespace varsam::retention
