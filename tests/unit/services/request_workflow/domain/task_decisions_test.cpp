#include "services/request_workflow/domain/task_decisions.h"

#include <catch2/catch.hpp>

#include <set>

#include "libs/base/error.h"
#include "libs/calendar/stockholm.h"
#include "services/request_workflow/domain/advance.h"

namespace varsam::requests {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);
constexpr char kPeer[] = "connector-crm";

Task OpenTask(TaskAction action) {
  Task task;
  task.id = TaskId(NewUuidV4());
  task.case_id = CaseId(NewUuidV4());
  task.subject = SubjectId(NewUuidV4());
  task.system = "crm";
  task.action = action;
  task.created_at = kNow;
  return task;
}

FinishTask By(OutcomeKind kind, int64_t fence) {
  FinishTask ask;
  ask.report.kind = kind;
  ask.peer = kPeer;
  ask.fence = fence;
  ask.fresh_id = TaskId(NewUuidV4());
  return ask;
}

CaseFile FileWith(CaseState state, Right right, std::vector<Task> tasks) {
  CaseFile file;
  file.c.id = CaseId(NewUuidV4());
  file.c.subject = tasks.front().subject;
  file.c.identity = IdentityLevel::kContact;
  file.c.right = right;
  file.c.state = state;
  file.c.received_at = kNow - absl::Hours(1);
  for (Task& task : tasks) task.case_id = file.c.id;
  file.tasks = std::move(tasks);
  return file;
}

}  // namespace

TEST_CASE("a lease raises the fence, and only its holder may speak for it") {
  const Task first = Leased(OpenTask(TaskAction::kExport), kPeer, kNow);
  CHECK(first.fence == 1);
  CHECK(CheckLease(first, kPeer, 1, kNow).ok());
  CHECK(ReasonOf(CheckLease(first, "connector-other", 1, kNow)) == "LEASE_LOST");
  CHECK(ReasonOf(CheckLease(first, kPeer, 0, kNow)) == "LEASE_LOST");
  CHECK(ReasonOf(CheckLease(first, kPeer, 1, kNow + kLeaseTime + absl::Seconds(1))) ==
        "LEASE_LOST");
}

TEST_CASE("a stale report is evidence and changes nothing") {
  const Task task = Leased(Leased(OpenTask(TaskAction::kExport), kPeer, kNow), kPeer, kNow);
  const auto stale = Decide(By(OutcomeKind::kDone, 1), task, std::nullopt, kNow);
  REQUIRE(stale.ok());
  CHECK(stale->reply == "stale");
  CHECK(stale->tasks.empty());
  CHECK(stale->notes.empty());
  REQUIRE(stale->evidence.size() == 1);
  CHECK_FALSE(stale->evidence[0].accepted);
  const auto good = Decide(By(OutcomeKind::kDone, 2), task, std::nullopt, kNow);
  REQUIRE(good.ok());
  CHECK(good->reply == "accepted");
  CHECK(good->tasks[0].state == TaskState::kFinished);
}

TEST_CASE("a lapse is tried again, later each time, and then a person must look") {
  Task task = OpenTask(TaskAction::kExport);
  absl::Time now = kNow;
  absl::Duration last;
  for (int attempt = 1; attempt < kTaskAttemptsMax; ++attempt) {
    task = Leased(task, kPeer, now);
    CHECK(DecideLapse(task, now).tasks.empty());  // not yet
    now += kLeaseTime + absl::Seconds(1);
    task = DecideLapse(task, now).tasks.at(0);
    REQUIRE(task.state == TaskState::kOpen);
    CHECK(task.available_at - now >= last);
    CHECK(task.available_at - now <= kRetryMax);
    last = task.available_at - now;
  }
  task = Leased(task, kPeer, now);
  task = DecideLapse(task, now + kLeaseTime + absl::Seconds(1)).tasks.at(0);
  CHECK(task.state == TaskState::kNeedsHuman);
  CHECK_FALSE(IsAnswered(task.state));
}

TEST_CASE("nothing destructive is leased under a hold") {
  const Task erase = OpenTask(TaskAction::kErase);
  const Task other = OpenTask(TaskAction::kErase);
  const Task read = OpenTask(TaskAction::kExport);
  Hold hold;
  hold.subject_ids = {erase.subject->ToString()};
  const std::vector<Task> offered = {erase, other, read};
  const auto lease = [&](uint32_t tasks_max, const std::vector<Hold>& holds) {
    return DecideLeases({{kPeer, tasks_max, {"crm"}}}, offered, holds, kNow);
  };
  const Changes leased = lease(10, {hold});
  REQUIRE(leased.tasks.size() == 2);
  CHECK(leased.tasks[0].id == other.id);
  CHECK(leased.tasks[1].id == read.id);
  hold.released = true;
  CHECK(lease(10, {hold}).tasks.size() == 3);
  CHECK(lease(1, {}).tasks.size() == 1);
  // A hold that names only kinds of people is taken to touch everybody in its systems.
  CHECK(Blocks(Hold{{}, {}, {"crm"}, false, {}}, erase));
  CHECK_FALSE(Blocks(Hold{{}, {}, {"hr"}, false, {}}, erase));
  // One that names kinds of data holds up the orders that touch them, and those that do not tell.
  const Hold invoices{{}, {}, {"crm"}, false, {"invoice"}};
  CHECK(Blocks(invoices, erase));
  Task told = erase;
  told.order.items = {{"1", "name", "k1", "delete"}};
  CHECK_FALSE(Blocks(invoices, told));
  told.order.items.push_back({"2", "invoice", "k1", "delete"});
  CHECK(Blocks(invoices, told));
}

TEST_CASE("what a hold stands against is not finished by hand either") {
  Task erase = OpenTask(TaskAction::kErase);
  erase.manual = true;
  Hold hold;
  hold.subject_ids = {erase.subject->ToString()};
  FinishTask ask{.actor = "staff:anna", .has_evidence = true, .holds = {hold}};
  for (const OutcomeKind kind :
       {OutcomeKind::kDone, OutcomeKind::kNoData, OutcomeKind::kPartlyKept}) {
    ask.report.kind = kind;
    CHECK(ReasonOf(Decide(ask, erase, std::nullopt, kNow).status()) == "TASK_HELD");
  }
  ask.report.kind = OutcomeKind::kRefused;
  CHECK(Decide(ask, erase, std::nullopt, kNow).ok());
  ask.report.kind = OutcomeKind::kNoData;
  ask.holds[0].released = true;
  CHECK(Decide(ask, erase, std::nullopt, kNow).ok());
  Task read = OpenTask(TaskAction::kExport);
  read.manual = true;
  ask.holds[0].released = false;
  CHECK(Decide(ask, read, std::nullopt, kNow).ok());
}

TEST_CASE("of many who ask at once each gets what it serves, and no task goes to two") {
  std::vector<Task> offered;
  for (int i = 0; i < 6; ++i) offered.push_back(OpenTask(TaskAction::kExport));
  offered[2].system = offered[5].system = "hr";
  const std::vector<LeaseTasks> asks = {
      {"a", 2, {"crm"}}, {"b", 9, {"hr"}}, {"c", 1, {"crm", "hr"}}, {"d", 5, {"payroll"}}};
  const Changes out = DecideLeases(asks, offered, {}, kNow);
  const std::vector<std::pair<int, std::string>> want = {
      {0, "a"}, {1, "a"}, {2, "b"}, {3, "c"}, {5, "b"}};
  REQUIRE(out.tasks.size() == want.size());
  std::string reply;
  for (size_t i = 0; i < want.size(); ++i) {
    CHECK(out.tasks[i].id == offered[static_cast<size_t>(want[i].first)].id);
    CHECK(out.tasks[i].lease_peer == want[i].second);
    CHECK(out.tasks[i].state == TaskState::kLeased);
    reply += std::to_string(want[i].second[0] - 'a') + " " + out.tasks[i].id.ToString() + "\n";
  }
  CHECK(out.reply == reply);
}

TEST_CASE("an erasure is read back; what is still found calls a person") {
  Task erase = OpenTask(TaskAction::kErase);
  erase.order.items = {{"1", "name", "k1", "delete"}};
  erase = Leased(erase, kPeer, kNow);
  FinishTask ask = By(OutcomeKind::kDone, 1);
  ask.report.results = {{"name", "k1", "1", 0, 0, 1, 0, 0}};
  CaseFile file = FileWith(CaseState::kExecuting, Right::kErasure, {erase});
  const auto erased = Decide(ask, file.tasks[0], file, kNow);
  REQUIRE(erased.ok());
  REQUIRE(erased->tasks.size() == 2);
  Task verify = erased->tasks[1];
  CHECK(verify.action == TaskAction::kVerify);
  CHECK(verify.verifies == file.tasks[0].id);
  CHECK(erased->cases.at(0).step == Step::kNone);  // not done before it is verified

  verify = Leased(verify, kPeer, kNow);
  file.tasks = {erased->tasks[0], verify};
  FinishTask still = By(OutcomeKind::kDone, 1);
  still.report.results = {{"name", "k1", "1", 1, 0, 0, 0, 0}};
  const auto found = Decide(still, verify, file, kNow);
  REQUIRE(found.ok());
  CHECK(found->tasks[0].state == TaskState::kNeedsHuman);
  CHECK(found->cases.empty());

  const auto clean = Decide(By(OutcomeKind::kNoData, 1), verify, file, kNow);
  REQUIRE(clean.ok());
  CHECK(clean->cases.at(0).step == Step::kEraseSubject);
  file.tasks[1] = clean->tasks[0];
  const std::vector<ExecutedPart> executed = ExecutedBy(file.tasks);
  REQUIRE(executed.size() == 1);
  CHECK(executed[0].count == 1);
  CHECK_FALSE(executed[0].verification.empty());
}

TEST_CASE("the last answer moves the case, the one before does not") {
  Task one = Leased(OpenTask(TaskAction::kExport), kPeer, kNow);
  Task two = Leased(OpenTask(TaskAction::kExport), kPeer, kNow);
  two.system = "hr";
  CaseFile file = FileWith(CaseState::kSearching, Right::kAccess, {one, two});
  CHECK(CoverageOf(file.c.state, file.tasks).systems_missing ==
        std::vector<std::string>{"crm", "hr"});
  const auto first = Decide(By(OutcomeKind::kNoData, 1), file.tasks[0], file, kNow);
  REQUIRE(first.ok());
  CHECK(first->cases.at(0).state == CaseState::kSearching);
  file.tasks[0] = first->tasks[0];
  const auto last = Decide(By(OutcomeKind::kNoData, 1), file.tasks[1], file, kNow);
  REQUIRE(last.ok());
  // What was found is looked through first, so that the review knows what it has to decide.
  CHECK(last->cases.at(0).state == CaseState::kSearching);
  CHECK(last->cases.at(0).step == Step::kScan);
  file.tasks[1] = last->tasks[0];
  file.c = last->cases.at(0);
  file.c.scanned = true;
  file.c.step = Step::kNone;
  Changes out;
  REQUIRE(GoOn(file, kNow, out) == absl::OkStatus());
  CHECK(file.c.state == CaseState::kReview);
}

TEST_CASE(
    "REFUSED, FAILED and NEEDS_HUMAN leave the system unanswered; UNSUPPORTED asks a person") {
  for (const OutcomeKind kind :
       {OutcomeKind::kRefused, OutcomeKind::kNeedsHuman, OutcomeKind::kFailed}) {
    const Task task = Leased(OpenTask(TaskAction::kExport), kPeer, kNow);
    Report report;
    report.kind = kind;
    CHECK(Reported(task, report, kNow).state == TaskState::kNeedsHuman);
  }
  Report report;
  report.kind = OutcomeKind::kUnsupported;
  const Task manual = Reported(Leased(OpenTask(TaskAction::kExport), kPeer, kNow), report, kNow);
  CHECK(manual.manual);
  CHECK(manual.state == TaskState::kOpen);
  // A person's word ends it, but not for a task that a connector serves.
  report.kind = OutcomeKind::kNoData;
  CHECK(AnsweredByHand(manual, {report, "anna"}, kNow)->state == TaskState::kFinished);
  CHECK(ReasonOf(AnsweredByHand(OpenTask(TaskAction::kExport), {report, "anna"}, kNow).status()) ==
        "TASK_NOT_MANUAL");
}

TEST_CASE("what was changed by hand, or refused, takes evidence and two people of one mind") {
  Task erase = OpenTask(TaskAction::kErase);
  erase.manual = true;
  Report done;
  done.kind = OutcomeKind::kDone;
  CHECK_FALSE(AnsweredByHand(erase, {done, "anna", false}, kNow).ok());
  const auto first = AnsweredByHand(erase, {done, "anna", true}, kNow);
  REQUIRE(first.ok());
  CHECK(first->state == TaskState::kOpen);
  CHECK(first->proposed_by == "anna");
  CHECK(ReasonOf(AnsweredByHand(*first, {done, "anna", true}, kNow).status()) ==
        "SECOND_PERSON_REQUIRED");
  Report refused;
  refused.kind = OutcomeKind::kRefused;
  const auto otherwise = AnsweredByHand(*first, {refused, "bo", true}, kNow);
  REQUIRE(otherwise.ok());
  CHECK(otherwise->state == TaskState::kOpen);
  CHECK(otherwise->proposed_by == "bo");
  CHECK(AnsweredByHand(*otherwise, {done, "bo", true}, kNow)->state == TaskState::kOpen);
  CHECK(AnsweredByHand(*otherwise, {refused, "anna", true}, kNow)->state == TaskState::kFinished);
  CHECK(AnsweredByHand(*first, {done, "bo", false}, kNow)->state == TaskState::kFinished);
  // A search that found nothing, and an export, take one.
  Report nothing;
  nothing.kind = OutcomeKind::kNoData;
  CHECK(AnsweredByHand(erase, {nothing, "anna", false}, kNow)->state == TaskState::kFinished);
  Task read = OpenTask(TaskAction::kExport);
  read.manual = true;
  CHECK(AnsweredByHand(read, {done, "anna", false}, kNow)->state == TaskState::kFinished);
}

TEST_CASE("a task that waits for a person troubles more people the longer it waits") {
  Task task = OpenTask(TaskAction::kExport);
  task.manual = true;
  task.created_at = kNow;
  CHECK(EscalationOf(task, kNow + absl::Hours(71)) == Escalation::kNone);
  CHECK(EscalationOf(task, kNow + absl::Hours(72)) == Escalation::kReminder);
  CHECK(EscalationOf(task, kNow + absl::Hours(24 * 7)) == Escalation::kOfficer);
  task.due_date = calendar::LocalDayOf(kNow) + 7;
  CHECK(EscalationOf(task, kNow) == Escalation::kOfficer);
  task.due_date = calendar::LocalDayOf(kNow) + 8;
  CHECK(EscalationOf(task, kNow) == Escalation::kNone);
  task.manual = false;
  CHECK(EscalationOf(task, kNow + absl::Hours(24 * 30)) == Escalation::kNone);
  task.state = TaskState::kNeedsHuman;
  CHECK(EscalationOf(task, kNow + absl::Hours(24 * 30)) == Escalation::kOfficer);
}

TEST_CASE("what fails together does not come back together") {
  std::set<absl::Time> times;
  for (int i = 0; i < 20; ++i) {
    const Task task = Leased(OpenTask(TaskAction::kExport), kPeer, kNow);
    times.insert(TriedInVain(task, "DATABASE_AWAY", absl::ZeroDuration(), kNow).available_at);
  }
  CHECK(times.size() == 20);
  CHECK(*times.begin() >= kNow + kRetryMin / 2);
  CHECK(*times.rbegin() <= kNow + kRetryMin);
}

TEST_CASE("a result must be the one that was uploaded") {
  const Task task = Leased(OpenTask(TaskAction::kExport), kPeer, kNow);
  FinishTask ask = By(OutcomeKind::kDone, 1);
  ask.report.result_sha256 = std::string(32, 'a');
  ask.expected_sha256 = std::string(32, 'b');
  CHECK_FALSE(Decide(ask, task, std::nullopt, kNow).ok());
  ask.expected_sha256 = ask.report.result_sha256;
  CHECK(Decide(ask, task, std::nullopt, kNow)->tasks[0].result_fence == 1);
}

TEST_CASE("a disposal reports each of its items once it is verified") {
  Task erase = OpenTask(TaskAction::kErase);
  erase.case_id.reset();
  erase.run_id = NewUuidV4();
  erase.order.items = {{"i1", "name", "k1", "delete"}, {"i2", "email", "k1", "delete"}};
  erase = Leased(erase, kPeer, kNow);
  const auto erased = Decide(By(OutcomeKind::kDone, 1), erase, std::nullopt, kNow);
  REQUIRE(erased.ok());
  REQUIRE(erased->tasks.size() == 2);
  CHECK(erased->notes.size() == 1);
  const Task verify = Leased(erased->tasks[1], kPeer, kNow);
  const auto done = Decide(By(OutcomeKind::kNoData, 1), verify, std::nullopt, kNow);
  REQUIRE(done.ok());
  REQUIRE(done->notes.size() == 2);
  const auto& note = std::get<NoteDisposalFinished>(done->notes[1]);
  REQUIRE(note.parts.size() == 2);
  CHECK(note.parts[0].item_id == "i1");
  CHECK(note.parts[0].done);
}

}  // namespace varsam::requests
