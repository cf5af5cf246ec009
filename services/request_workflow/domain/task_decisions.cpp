#include "services/request_workflow/domain/task_decisions.h"

#include <algorithm>
#include <map>
#include <set>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/request_workflow/domain/advance.h"

namespace varsam::requests {
namespace {

uint32_t Gone(const CategoryResult& result) { return result.deleted + result.anonymised; }

// How it was seen that nothing is left: the system was asked again, or a person answers for it.
std::string VerifiedBy(const Task& verify) {
  return (verify.manual ? "attested by a person, task " : "read back by the connector, task ") +
         verify.id.ToString();
}

std::string VerificationOf(const Task& erase, const std::vector<Task>& tasks) {
  for (const Task& task : tasks) {
    if (task.verifies == erase.id && task.state == TaskState::kFinished && task.outcome) {
      return VerifiedBy(task);
    }
  }
  return "";
}

void Replace(std::vector<Task>& tasks, const Task& task) {
  for (Task& old : tasks) {
    if (old.id == task.id) {
      old = task;
      return;
    }
  }
  tasks.push_back(task);
}

// The parts of a disposal run that a verified task answers.
NoteDisposalFinished DisposalNote(const Task& task, const Task* erase, absl::Time now) {
  NoteDisposalFinished note{*task.run_id, {}};
  for (const EraseItem& item : task.order.items) {
    DisposalPart part;
    part.item_id = item.id;
    part.done = task.outcome != OutcomeKind::kRefused;
    part.executed = {task.system, item.record_key, item.data_category, item.method, 0, now, ""};
    for (const CategoryResult& result : (erase != nullptr ? erase : &task)->results) {
      const bool same = result.item_id == item.id ||
                        (result.item_id.empty() && result.data_category == item.data_category);
      if (same) part.executed.count += Gone(result);
    }
    if (task.action == TaskAction::kVerify) {
      part.executed.verification = VerifiedBy(task);
    }
    if (!part.done) part.failure = "REFUSED";
    note.parts.push_back(std::move(part));
  }
  return note;
}

// What no lease is granted for, a person does not finish either; to refuse it changes nothing.
absl::Status CheckHolds(const FinishTask& ask, const Task& task) {
  const bool held = std::any_of(ask.holds.begin(), ask.holds.end(),
                                [&](const Hold& hold) { return Blocks(hold, task); });
  if (!held || ask.report.kind == OutcomeKind::kRefused) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "TASK_HELD",
                         "a legal hold stands against this task; it waits for the release");
}

Changes Stale(const FinishTask& ask, const Task& task, absl::Time now) {
  Changes out;
  out.evidence.push_back(
      {task.id, ask.fence, now, ask.peer, std::string(NameOf(ask.report.kind)), false});
  out.reply = "stale";
  return out;
}

}  // namespace

Changes DecideLeases(const std::vector<LeaseTasks>& asks, const std::vector<Task>& offered,
                     const std::vector<Hold>& holds, absl::Time now) {
  Changes out;
  std::vector<uint32_t> granted(asks.size(), 0);
  const auto taker = [&](const Task& task) {
    for (size_t i = 0; i < asks.size(); ++i) {
      const std::vector<std::string>& systems = asks[i].systems;
      const bool serves = std::find(systems.begin(), systems.end(), task.system) != systems.end();
      if (serves && granted[i] < asks[i].tasks_max) return i;
    }
    return asks.size();
  };
  for (const Task& task : offered) {
    const bool held = std::any_of(holds.begin(), holds.end(),
                                  [&](const Hold& hold) { return Blocks(hold, task); });
    if (held || task.state != TaskState::kOpen || task.available_at > now) continue;
    const size_t ask = taker(task);
    if (ask == asks.size()) continue;
    ++granted[ask];
    out.tasks.push_back(Leased(task, asks[ask].peer, now));
    out.reply += std::to_string(ask) + " " + task.id.ToString() + "\n";
  }
  return out;
}

absl::StatusOr<Changes> Decide(const RenewLease& ask, Task task, absl::Time now) {
  Changes out;
  if (task.state == TaskState::kCancelled && task.fence == ask.fence &&
      task.lease_peer == ask.peer) {
    out.reply = "cancelled";
    return out;
  }
  RETURN_IF_ERROR(CheckLease(task, ask.peer, ask.fence, now));
  task.lease_until = now + kLeaseTime;
  out.tasks.push_back(std::move(task));
  out.reply = "renewed";
  return out;
}

absl::StatusOr<Changes> Decide(const FinishTask& ask, Task task, std::optional<CaseFile> file,
                               absl::Time now) {
  const bool by_hand = ask.peer.empty();
  if (!by_hand && !CheckLease(task, ask.peer, ask.fence, now).ok()) return Stale(ask, task, now);
  if (!ask.report.result_sha256.empty() && ask.report.result_sha256 != ask.expected_sha256) {
    return InvalidField("result_sha256", "does not match what was uploaded under this lease");
  }
  Changes out;
  if (by_hand) {
    RETURN_IF_ERROR(CheckHolds(ask, task));
    ASSIGN_OR_RETURN(
        task, AnsweredByHand(std::move(task), {ask.report, ask.actor, ask.has_evidence}, now));
  } else {
    task = Reported(std::move(task), ask.report, now);
  }
  if (task.state == TaskState::kFinished && !ask.expected_sha256.empty()) {
    task.result_fence = ask.fence;
  }
  out.evidence.push_back({task.id, ask.fence, now, by_hand ? ask.actor : ask.peer,
                          std::string(NameOf(ask.report.kind)), true});
  out.reply = "accepted";
  out.tasks.push_back(task);
  std::optional<Task> verify;
  if (task.state == TaskState::kFinished) {
    out.notes.push_back(NoteTaskFinished{task});
    verify = VerifyTaskFor(task, ask.fresh_id, now);
    if (verify) out.tasks.push_back(*verify);
  }
  if (!file) {
    const bool last = task.state == TaskState::kFinished && !verify;
    if (task.run_id && last) out.notes.push_back(DisposalNote(task, nullptr, now));
    return out;
  }
  Replace(file->tasks, task);
  if (verify) file->tasks.push_back(*verify);
  if (task.state == TaskState::kFinished) {
    RETURN_IF_ERROR(GoOn(*file, now, out));
    Settle(*file, now, out);
  }
  return out;
}

Changes DecideLapse(Task task, absl::Time now) {
  Changes out;
  const bool lapsed =
      task.state == TaskState::kLeased && task.lease_until.has_value() && *task.lease_until < now;
  if (!lapsed) return out;
  out.tasks.push_back(TriedInVain(std::move(task), "LEASE_LAPSED", absl::ZeroDuration(), now));
  return out;
}

std::vector<ExecutedPart> ExecutedBy(const std::vector<Task>& tasks) {
  std::vector<ExecutedPart> parts;
  for (const Task& task : tasks) {
    if (task.action != TaskAction::kErase || task.state != TaskState::kFinished) continue;
    for (const CategoryResult& result : task.results) {
      if (Gone(result) == 0) continue;
      parts.push_back({task.system, result.record_key, result.data_category,
                       result.deleted > 0 ? "delete" : "anonymise", Gone(result),
                       task.finished_at.value_or(absl::UnixEpoch()), VerificationOf(task, tasks)});
    }
  }
  return parts;
}

std::vector<ResiduePart> ResidueOf(const Case& c, const std::vector<Task>& tasks) {
  std::vector<ResiduePart> parts;
  std::set<std::pair<std::string, std::string>> seen;
  for (const PlannedErasure& plan : c.plan) {
    if (plan.erase || !seen.insert({plan.system, plan.data_category + plan.keep_until}).second) {
      continue;
    }
    parts.push_back({plan.system, plan.data_category, plan.code, plan.reference, plan.keep_until});
  }
  for (const Task& task : tasks) {
    if (task.action != TaskAction::kErase) continue;
    for (const KeepItem& kept : task.kept) {
      if (!seen.insert({task.system, kept.data_category + kept.keep_until}).second) continue;
      parts.push_back(
          {task.system, kept.data_category, "KEPT_BY_SYSTEM", kept.reference, kept.keep_until});
    }
  }
  return parts;
}

}  // namespace varsam::requests
