#include "services/connector/agent/run_task.h"

#include <algorithm>
#include <array>
#include <thread>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/obs/log.h"
#include "services/connector/agent/backoff.h"
#include "services/connector/digest.h"

namespace varsam::connector {
namespace {

constexpr absl::Duration kUploadProgress = absl::Seconds(20);
constexpr absl::Duration kErasurePause = absl::Minutes(10);

bool ChangesNothing(const Outcome& outcome) {
  if (std::holds_alternative<NoData>(outcome)) return true;
  const std::vector<CategoryResult>* results = nullptr;
  if (const auto* done = std::get_if<Done>(&outcome)) results = &done->results;
  if (const auto* part = std::get_if<PartlyKept>(&outcome)) results = &part->results;
  return results != nullptr && std::ranges::all_of(*results, [](const CategoryResult& one) {
           return one.deleted == 0 && one.anonymised == 0;
         });
}

// A code for the failure; the texts of errors stay here.
Failed FailureOf(const absl::Status& status) {
  std::string reason = ReasonOf(status);
  if (reason.empty()) reason = std::string(absl::StatusCodeToString(status.code()).data());
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kDataLoss:
      return {reason, false, absl::ZeroDuration()};
    default:
      return {reason, true, RetryAfterOf(status).value_or(absl::ZeroDuration())};
  }
}

bool IsTransient(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kCancelled:
      return true;
    default:
      return false;
  }
}

struct Runner {
  Adapter& adapter;
  const Identifiers& who;
  const CommitGate& gate;
  absl::StatusOr<Outcome> operator()(const Rectify& ask) { return adapter.Run(who, ask, gate); }
  absl::StatusOr<Outcome> operator()(const Restrict& ask) { return adapter.Run(who, ask, gate); }
  absl::StatusOr<Outcome> operator()(const StopProcessing& ask) {
    return adapter.Run(who, ask, gate);
  }
  absl::StatusOr<Outcome> operator()(const Erase& ask) { return adapter.Run(who, ask, gate); }
  absl::StatusOr<Outcome> operator()(const Verify& ask) { return adapter.Run(who, ask); }
  absl::StatusOr<Outcome> operator()(const Export&) { return Outcome(Unsupported{"EXPORT"}); }
};

}  // namespace

std::string_view KindOf(const Outcome& outcome) {
  constexpr std::array<std::string_view, 7> kinds = {
      "done", "no_data", "partly_kept", "refused", "needs_human", "failed", "unsupported"};
  return kinds[outcome.index()];
}

absl::StatusOr<bool> TaskRunner::MayErase() {
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(const int erasures, memory_.ErasuresSince(now - absl::Hours(1), now));
  return erasures < rules_.erasures_per_hour_max;
}

// A task that writes. What will be reported is on disk before the commit.
absl::StatusOr<Outcome> TaskRunner::Change(Adapter& adapter, const Task& task,
                                           LeaseKeeper::Hold& hold) {
  ASSIGN_OR_RETURN(const std::optional<Remembered> before, memory_.Find(task.id));
  v1::Outcome remembered;
  if (before && !remembered.ParseFromString(before->report)) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "TASK_MEMORY", "a report cannot be read");
  }
  if (before && before->committed) return FromProto(remembered);
  const bool erasure = std::holds_alternative<Erase>(*task.action);
  if (erasure && !before) {
    ASSIGN_OR_RETURN(const bool may, MayErase());
    if (!may) return Failed{"ERASURES_PER_HOUR_MAX", true, kErasurePause};
  }
  const auto remember = [&](bool committed, const Outcome& outcome) {
    return memory_.Save(task.id, {.committed = committed,
                                  .erasure = erasure,
                                  .at = clock_.Now(),
                                  .report = ToProto(outcome).SerializeAsString()});
  };
  // The earlier attempt did commit, if nothing is left for this one to do.
  const auto told = [&](const Outcome& fresh) {
    return before && ChangesNothing(fresh) ? FromProto(remembered) : fresh;
  };
  bool passed = false;
  const CommitGate gate = [&](const Outcome& prepared) -> absl::Status {
    RETURN_IF_ERROR(hold.Renew());
    RETURN_IF_ERROR(remember(false, told(prepared)));
    passed = true;
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const Outcome fresh, std::visit(Runner{adapter, task.who, gate}, *task.action));
  const Outcome outcome = told(fresh);
  if (passed || (before && ChangesNothing(fresh))) RETURN_IF_ERROR(remember(true, outcome));
  return outcome;
}

absl::StatusOr<TaskRunner::Result> TaskRunner::Perform(Adapter& adapter, const Task& task,
                                                       LeaseKeeper::Hold& hold) {
  if (!task.action) return Result{Unsupported{"UNKNOWN_ACTION"}, Spool()};
  if (const auto* ask = std::get_if<Export>(&*task.action)) {
    ASSIGN_OR_RETURN(Exported exported, adapter.Run(task.who, *ask));
    return Result{std::move(exported.outcome), std::move(exported.document)};
  }
  if (std::holds_alternative<Verify>(*task.action)) {
    const CommitGate none;
    ASSIGN_OR_RETURN(Outcome outcome, std::visit(Runner{adapter, task.who, none}, *task.action));
    return Result{std::move(outcome), Spool()};
  }
  ASSIGN_OR_RETURN(Outcome outcome, Change(adapter, task, hold));
  return Result{std::move(outcome), Spool()};
}

// A call that lasted has brought some of a large document over: the patience begins anew.
absl::Status TaskRunner::Upload(const Task& task, LeaseKeeper::Hold& hold, const Spool& document) {
  Backoff backoff(rules_.retry_first, rules_.retry_cap);
  for (int attempt = 1;; ++attempt) {
    const absl::Duration began = MonotonicNow();
    const absl::Status sent = platform_.Upload(task.id, task.fence, document);
    if (MonotonicNow() - began > kUploadProgress) attempt = 1;
    if (sent.ok() || !IsTransient(sent) || attempt == rules_.report_attempts_max) return sent;
    RETURN_IF_ERROR(hold.state() == LeaseKeeper::State::kHeld
                        ? absl::OkStatus()
                        : absl::CancelledError("the lease is gone"));
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(backoff.Next()));
  }
}

std::string TaskRunner::Report(const Task& task, LeaseKeeper::Hold& hold, const Outcome& outcome,
                               const std::string& sha256) {
  v1::FinishRequest request;
  request.set_task_id(task.id);
  request.set_fence(task.fence);
  *request.mutable_outcome() = ToProto(outcome);
  request.set_result_sha256(sha256);
  Backoff backoff(rules_.retry_first, rules_.retry_cap);
  for (int attempt = 1;; ++attempt) {
    const auto answer = platform_.Finish(request);
    if (answer.ok()) return answer->accepted() ? std::string(KindOf(outcome)) : "lost";
    if (!IsTransient(answer.status()) || attempt == rules_.report_attempts_max ||
        hold.state() == LeaseKeeper::State::kLost) {
      obs::Log(obs::Level::kError, "task_not_reported",
               {obs::F("task_id", task.id), obs::F("error", answer.status())});
      return "unreported";
    }
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(backoff.Next()));
  }
}

std::string TaskRunner::Run(Adapter& adapter, const Task& task) {
  const std::unique_ptr<LeaseKeeper::Hold> hold = leases_.Keep(task.id, task.fence);
  absl::StatusOr<Result> result = Perform(adapter, task, *hold);
  if (hold->state() == LeaseKeeper::State::kCancelled) return "cancelled";
  if (hold->state() == LeaseKeeper::State::kLost) return "lost";
  if (!result.ok()) {
    obs::Log(obs::Level::kWarn, "task_failed",
             {obs::F("task_id", task.id), obs::F("error", result.status())});
    return Report(task, *hold, FailureOf(result.status()), "");
  }
  std::string sha256;
  if (!result->document.empty()) {
    sha256 = result->document.Sha256();
    if (absl::Status sent = Upload(task, *hold, result->document); !sent.ok()) {
      return Report(task, *hold, Failed{"UPLOAD", IsTransient(sent), absl::ZeroDuration()}, "");
    }
  }
  return Report(task, *hold, result->outcome, sha256);
}

}  // namespace varsam::connector
