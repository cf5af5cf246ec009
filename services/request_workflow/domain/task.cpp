#include "services/request_workflow/domain/task.h"

#include <algorithm>
#include <array>
#include <set>

#include "libs/base/error.h"
#include "libs/calendar/stockholm.h"

namespace varsam::requests {
namespace {

constexpr std::array<std::string_view, 8> kOutcomeNames = {
    "", "DONE", "NO_DATA", "PARTLY_KEPT", "REFUSED", "NEEDS_HUMAN", "FAILED", "UNSUPPORTED"};
constexpr std::array<std::string_view, 10> kActionNames = {
    "",      "EXPORT", "RECTIFY",          "RESTRICT", "LIFT_RESTRICTION", "STOP_PROCESSING",
    "ERASE", "VERIFY", "NOTIFY_RECIPIENT", "TAKE_DOWN"};

bool Contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

Task Finished(Task task, const Report& report, absl::Time now) {
  task.state = TaskState::kFinished;
  task.outcome = report.kind;
  task.results = report.results;
  task.kept = report.kept;
  task.question.clear();
  task.result_sha256 = report.result_sha256;
  task.lease_until.reset();
  task.finished_at = now;
  return task;
}

Task AskHuman(Task task, const Report& report) {
  task.state = TaskState::kNeedsHuman;
  task.outcome = report.kind;
  task.results = report.results;
  task.question = report.reason.empty() ? std::string(NameOf(report.kind)) : report.reason;
  task.lease_until.reset();
  return task;
}

// 0 up to 1, another for each task and attempt: what failed together does not come back together.
double Spread(const Task& task) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : task.id.ToString() + std::to_string(task.attempts)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return static_cast<double>(hash >> 11) / static_cast<double>(uint64_t{1} << 53);
}

// Is it an answer that one person alone must not give?
bool TakesTwo(const Task& task, const Report& report) {
  if (report.kind == OutcomeKind::kRefused) return true;
  // Nothing that we hold changes when a recipient is told or a page is taken down.
  const bool keeps = task.action == TaskAction::kExport || task.action == TaskAction::kVerify ||
                     IsForRecipients(task.action);
  return !keeps && report.kind != OutcomeKind::kNoData;
}

bool StillThere(const Report& report) {
  for (const CategoryResult& result : report.results) {
    if (result.found > result.kept) return true;
  }
  return false;
}

}  // namespace

std::string_view NameOf(OutcomeKind kind) { return kOutcomeNames[static_cast<size_t>(kind)]; }
std::string_view NameOf(TaskAction action) { return kActionNames[static_cast<size_t>(action)]; }

std::optional<OutcomeKind> OutcomeOf(std::string_view name) {
  for (size_t i = 1; i < kOutcomeNames.size(); ++i) {
    if (kOutcomeNames[i] == name) return static_cast<OutcomeKind>(i);
  }
  return std::nullopt;
}

Coverage CoverageOf(CaseState state, const std::vector<Task>& tasks) {
  const bool searching = state < CaseState::kReview;
  std::set<std::string> all;
  std::set<std::string> missing;
  for (const Task& task : tasks) {
    if ((task.action == TaskAction::kExport) != searching) continue;
    if (IsForRecipients(task.action)) continue;  // not systems
    all.insert(task.system);
    if (!IsAnswered(task.state)) missing.insert(task.system);
  }
  Coverage coverage;
  coverage.systems_total = static_cast<uint32_t>(all.size());
  coverage.systems_answered = static_cast<uint32_t>(all.size() - missing.size());
  coverage.systems_missing.assign(missing.begin(), missing.end());
  return coverage;
}

// An erase task whose plan keeps everything only has the system looked at, and is not blocked.
bool Blocks(const Hold& hold, const Task& task) {
  if (hold.released) return false;
  if (task.action != TaskAction::kErase && task.action != TaskAction::kRectify) return false;
  if (!hold.systems.empty() && !Contains(hold.systems, task.system)) return false;
  const auto held = [&](const EraseItem& item) {
    return hold.data_categories.empty() || Contains(hold.data_categories, item.data_category);
  };
  // An order that does not say what it erases is taken to erase what is held.
  if (task.action == TaskAction::kErase && !task.order.items.empty() &&
      std::none_of(task.order.items.begin(), task.order.items.end(), held)) {
    return false;
  }
  if (hold.subject_ids.empty() || !task.subject) return true;
  return Contains(hold.subject_ids, task.subject->ToString());
}

Task Leased(Task task, const std::string& peer, absl::Time now) {
  task.state = TaskState::kLeased;
  ++task.attempts;
  ++task.fence;
  task.lease_peer = peer;
  task.lease_until = now + kLeaseTime;
  return task;
}

absl::Status CheckLease(const Task& task, const std::string& peer, int64_t fence, absl::Time now) {
  if (task.state == TaskState::kLeased && task.lease_peer == peer && task.fence == fence &&
      task.lease_until.has_value() && *task.lease_until >= now) {
    return absl::OkStatus();
  }
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "LEASE_LOST",
                         "this lease of the task has ended");
}

Task TriedInVain(Task task, const std::string& why, absl::Duration at_least, absl::Time now) {
  task.lease_until.reset();
  task.question = why;
  if (task.attempts >= kTaskAttemptsMax) {
    task.state = TaskState::kNeedsHuman;
    return task;
  }
  const int doublings = std::clamp(task.attempts - 1, 0, 20);
  const absl::Duration whole = std::min(kRetryMin * (int64_t{1} << doublings), kRetryMax);
  const absl::Duration wait = whole / 2 + whole / 2 * Spread(task);
  task.state = TaskState::kOpen;
  task.available_at = now + std::clamp(at_least, wait, std::max(wait, kRetryMax));
  return task;
}

Task Reported(Task task, const Report& report, absl::Time now) {
  switch (report.kind) {
    case OutcomeKind::kDone:
    case OutcomeKind::kNoData:
    case OutcomeKind::kPartlyKept:
      if (task.action == TaskAction::kVerify && StillThere(report)) {
        Report again = report;
        again.reason = "STILL_FOUND";
        return AskHuman(std::move(task), again);
      }
      return Finished(std::move(task), report, now);
    case OutcomeKind::kUnsupported:
      task.state = TaskState::kOpen;
      task.manual = true;
      task.question = "UNSUPPORTED";
      task.lease_until.reset();
      return task;
    case OutcomeKind::kFailed:
      if (report.retryable) return TriedInVain(std::move(task), report.reason, report.after, now);
      return AskHuman(std::move(task), report);
    case OutcomeKind::kRefused:
    case OutcomeKind::kNeedsHuman:
      return AskHuman(std::move(task), report);
  }
  return task;
}

absl::StatusOr<Task> AnsweredByHand(Task task, const HandAnswer& answer, absl::Time now) {
  const Report& report = answer.report;
  if (report.kind > OutcomeKind::kRefused) {
    return InvalidField("outcome", "want DONE, NO_DATA, PARTLY_KEPT or REFUSED");
  }
  const bool waits =
      (task.state == TaskState::kOpen && task.manual) || task.state == TaskState::kNeedsHuman;
  if (!waits) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "TASK_NOT_MANUAL",
                           "this task does not wait for a person");
  }
  if (task.action == TaskAction::kVerify && report.kind == OutcomeKind::kRefused) {
    return InvalidField("outcome", "REFUSED, want DONE, NO_DATA or PARTLY_KEPT for a verification");
  }
  // Telling a recipient may prove impossible or disproportionate (Art. 19); a page cannot be "no
  // data".
  if (IsForRecipients(task.action) && report.kind != OutcomeKind::kDone &&
      report.kind != OutcomeKind::kRefused) {
    return InvalidField("outcome", "want DONE (told) or REFUSED (impossible, with the reason)");
  }
  if (IsForRecipients(task.action) && !answer.has_evidence) {
    return InvalidField("evidence", "missing, want what was done and how it can be seen");
  }
  if (!TakesTwo(task, report)) return Finished(std::move(task), report, now);
  if (!answer.has_evidence && task.proposed_by.empty()) {
    return InvalidField("evidence", "missing, want what was done and how it can be seen");
  }
  const bool second = !task.proposed_by.empty() && task.proposed_by != answer.actor;
  if (second && task.proposed == report.kind) return Finished(std::move(task), report, now);
  if (task.proposed_by == answer.actor && task.proposed == report.kind) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "SECOND_PERSON_REQUIRED",
                           "another person must give the same answer");
  }
  task.proposed_by = answer.actor;
  task.proposed = report.kind;
  return task;
}

Escalation EscalationOf(const Task& task, absl::Time now) {
  const bool waits =
      (task.state == TaskState::kOpen && task.manual) || task.state == TaskState::kNeedsHuman;
  if (!waits) return Escalation::kNone;
  const bool near =
      task.due_date && calendar::LocalDayOf(now) + kOfficerDaysBeforeDue >= *task.due_date;
  const absl::Duration waited = now - task.created_at;
  if (near || waited >= kOfficerAfter) return Escalation::kOfficer;
  return waited >= kReminderAfter ? Escalation::kReminder : Escalation::kNone;
}

std::string_view NameOf(Escalation escalation) {
  constexpr std::array<std::string_view, 3> names = {"", "REMINDER", "OFFICER"};
  return names[static_cast<size_t>(escalation)];
}

std::optional<Task> VerifyTaskFor(const Task& task, TaskId id, absl::Time now) {
  const bool writes = task.action == TaskAction::kErase || task.action == TaskAction::kRectify;
  const bool wrote = task.outcome == OutcomeKind::kDone || task.outcome == OutcomeKind::kPartlyKept;
  if (!writes || !wrote) return std::nullopt;
  if (task.action == TaskAction::kErase && task.order.items.empty()) return std::nullopt;
  Task verify;
  verify.id = id;
  verify.case_id = task.case_id;
  verify.run_id = task.run_id;
  verify.subject = task.subject;
  verify.system = task.system;
  verify.action = TaskAction::kVerify;
  verify.manual = task.manual;
  verify.verifies = task.id;
  verify.due_date = task.due_date;
  verify.order = task.order;
  // What the system had to keep by law is not missing from the erasure.
  verify.order.keep.insert(verify.order.keep.end(), task.kept.begin(), task.kept.end());
  verify.created_at = now;
  return verify;
}

}  // namespace varsam::requests
