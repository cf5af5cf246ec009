#include "services/request_workflow/worker/case_steps.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/base/random.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/obs/log.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/domain/case_decisions.h"

namespace varsam::requests {

CaseSteps::CaseSteps(const ServiceParts& parts, Peers& peers) : parts_(parts), peers_(peers) {
  for (int i = 0; i < kStepHands; ++i) {
    hands_.emplace_back([this] { Work(); });
  }
}

CaseSteps::~CaseSteps() { Stop(); }

void CaseSteps::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& hand : hands_) hand.join();
  hands_.clear();
}

absl::StatusOr<bool> CaseSteps::Tick() {
  std::set<CaseId> known;  // what was read before its step ended would be done again for nothing
  {
    std::lock_guard lock(mutex_);
    known = in_work_;
  }
  std::vector<Case> due;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(due, parts_.store.ReadDueSteps(*lease, parts_.clock.Now()));
  }
  const bool full = due.size() == static_cast<size_t>(kWorkerBatchMax);
  std::unique_lock lock(mutex_);
  bool any = false;
  for (Case& c : due) {
    if (known.contains(c.id) || !in_work_.insert(c.id).second) continue;
    handed_out_.push_back(std::move(c));
    any = true;
  }
  changed_.notify_all();
  changed_.wait(lock, [this] { return handed_out_.empty(); });
  return full && any;
}

void CaseSteps::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !handed_out_.empty(); });
    if (handed_out_.empty()) return;
    const Case c = std::move(handed_out_.front());
    handed_out_.pop_front();
    if (handed_out_.empty()) changed_.notify_all();
    lock.unlock();
    RunOne(c);
    lock.lock();
    in_work_.erase(c.id);
  }
}

void CaseSteps::RunOne(const Case& c) {
  absl::Status done = Run(c);
  if (done.ok() || ReasonOf(done) == "STEP_TAKEN") return;
  done = Later(c, done);
  if (done.ok()) return;
  obs::Log(obs::Level::kWarn, "case_step_not_put_off",
           {obs::F("case_id", c.id), obs::F("status", done)});
}

absl::Status CaseSteps::Run(const Case& c) {
  switch (c.step) {
    case Step::kNone:
      return absl::OkStatus();
    case Step::kResolve:
      return Resolve(c);
    case Step::kSearch:
      return Search(c);
    case Step::kActConsent:
      return ActConsent(c);
    case Step::kPlanErasure:
      return PlanErasure(c);
    case Step::kEraseSubject:
      return EraseSubject(c);
    case Step::kBuildPackage:
      return BuildPackage(c);
    case Step::kActTasks:
      return ActTasks(c);
    case Step::kAnswer:
      return Answer(c);
    case Step::kWithdraw:
      return Withdraw(c);
    case Step::kAcknowledge:
      return Acknowledge(c);
    case Step::kNotifyRecipients:
      return NotifyRecipients(c);
    case Step::kLiftRestriction:
      return LiftRestriction(c);
    case Step::kEndContact:
      return EndContact(c);
    case Step::kScan:
      return Scan(c);
  }
  return absl::OkStatus();
}

absl::Status CaseSteps::Write(const Case& seen, Deed deed) {
  return WriteKnowing(seen, {}, {},
                      [deed = std::move(deed)](CaseFile& file, const Facts&, absl::Time now,
                                               Changes& out) { return deed(file, now, out); });
}

absl::Status CaseSteps::WriteKnowing(const Case& seen, Want want, std::vector<std::string> keys,
                                     KnowingDeed deed) {
  WriteAsk write;
  write.want = std::move(want);
  write.want.case_id = seen.id;
  write.decide = [seen, deed = std::move(deed)](
                     const Facts& facts, const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    ASSIGN_OR_RETURN(CaseFile file, FileOf(facts));
    if (file.c.version != seen.version || file.c.step != seen.step) {
      return ErrorWithReason(absl::StatusCode::kAborted, "STEP_TAKEN", "the case has changed");
    }
    file.c.step = Step::kNone;
    file.c.step_attempts = 0;
    Changes changes;
    RETURN_IF_ERROR(deed(file, facts, frozen.now, changes));
    RETURN_IF_ERROR(GoOn(file, frozen.now, changes));
    Settle(file, frozen.now, changes);
    return changes;
  };
  journal::SubmitOptions options;
  options.conflict_keys = std::move(keys);
  options.conflict_keys.push_back("case/" + seen.id.ToString());
  return parts_.writer.Write(std::move(write), std::move(options)).status();
}

absl::Status CaseSteps::Later(const Case& seen, const absl::Status& why) {
  obs::Log(obs::Level::kWarn, "case_step_failed",
           {obs::F("case_id", seen.id), obs::F("step", static_cast<int>(seen.step)),
            obs::F("status", why)});
  WriteAsk write;
  write.want.case_id = seen.id;
  write.decide = [seen](const Facts& facts,
                        const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    ASSIGN_OR_RETURN(CaseFile file, FileOf(facts));
    Changes changes;
    if (file.c.version != seen.version) return changes;
    const int doublings = std::clamp(file.c.step_attempts, 0, 12);
    ++file.c.step_attempts;
    file.c.step_at =
        frozen.now + std::min(kStepRetryMin * (int64_t{1} << doublings), kStepRetryMax);
    changes.cases.push_back(file.c);
    return changes;
  };
  return parts_.writer.Write(std::move(write), "case/" + seen.id.ToString()).status();
}

absl::StatusOr<cv1::TaskSubject> CaseSteps::Identifiers(const Case& c, const std::string& name) {
  cv1::TaskSubject subject;
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
  ASSIGN_OR_RETURN(std::optional<std::string> sealed, parts_.store.ReadText(*lease, c.id, name));
  if (!sealed) return subject;
  ASSIGN_OR_RETURN(Personal<std::string> opened, parts_.texts.Open(c.id, name, *sealed));
  subject.ParseFromString(opened.Reveal());
  return subject;
}

absl::StatusOr<std::string> CaseSteps::Contact(const Case& c) { return ContactOf(parts_, c.id); }

absl::StatusOr<SealedText> CaseSteps::SealIdentifiers(const Case& c,
                                                      const registry::v1::Subject& subject) {
  cv1::TaskSubject identifiers;
  *identifiers.mutable_identifiers() = subject.identifiers();
  return parts_.texts.Seal(c.id, "subject_identifiers", identifiers.SerializeAsString());
}

absl::StatusOr<std::shared_ptr<const PolicyView>> CaseSteps::Policy() const {
  auto policy = parts_.policy.Get();
  if (policy != nullptr) return policy;
  return ErrorWithReason(absl::StatusCode::kUnavailable, "NO_POLICY", "no policy is in force yet");
}

absl::StatusOr<std::vector<ServedSystem>> CaseSteps::Served() {
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
  return parts_.store.ReadServed(*lease);
}

Task CaseSteps::NewTask(const Case& c, const std::string& system, TaskAction action,
                        const std::vector<ServedSystem>& served) const {
  const absl::Time now = parts_.clock.Now();
  Task task;
  task.id = TaskId(NewUuidV7(now));
  task.case_id = c.id;
  task.subject = c.subject;
  task.system = system;
  task.action = action;
  task.manual = std::none_of(served.begin(), served.end(),
                             [&](const ServedSystem& one) { return one.system == system; });
  task.due_date = c.due_date;
  task.created_at = now;
  return task;
}

absl::StatusOr<OutgoingMail> CaseSteps::Mail(const Case& c, const std::string& to, LetterKind kind,
                                             LetterValues values) {
  return NewLetter(parts_, c, to, kind, std::move(values));
}

absl::Status CaseSteps::Withdraw(const Case& c) {
  WriteAsk write;
  write.want.case_id = c.id;
  write.decide = [](const Facts& facts, const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    ASSIGN_OR_RETURN(CaseFile file, FileOf(facts));
    return Decide(WithdrawRequest{"subject"}, std::move(file), frozen.now);
  };
  journal::SubmitOptions options;
  options.conflict_keys = {"case/" + c.id.ToString(), "lease"};
  return parts_.writer.Write(std::move(write), std::move(options)).status();
}

}  // namespace varsam::requests
