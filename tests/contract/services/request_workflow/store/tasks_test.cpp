// The contract of RequestsStore: tasks, leases, uploads, systems. Both implementations, the same
// cases.
#include <algorithm>

#include "tests/contract/services/request_workflow/store/ground.h"

namespace varsam::requests {
namespace {

// A task with everything.
Task WholeTask(uint8_t number, const Case& c) {
  Task task = TaskOf(number, c);
  task.action = TaskAction::kErase;
  task.state = TaskState::kLeased;
  task.manual = true;
  task.verifies = Numbered<TaskId>(200);
  task.attempts = 2;
  task.fence = 7;
  task.lease_peer = "connector-crm";
  task.lease_until = At("2026-03-01 11:00");
  task.due_date = Day("2026-04-01");
  task.order = {{"email"},
                {{"i1", "name", "17", "delete"}},
                {{"invoice", "18", "BFL", "2032-12-31"}},
                "accuracy",
                "payroll-bureau"};
  task.outcome = OutcomeKind::kPartlyKept;
  task.results = {{"name", "17", "i1", 1, 2, 3, 4, 5}};
  task.kept = {{"invoice", "18", "BFL 7:2", "2032-12-31"}};
  task.question = "WHO_IS_IT";
  task.result_sha256 = std::string(32, '\xff');
  task.result_fence = 6;
  task.finished_at = At("2026-03-02");
  return task;
}

}  // namespace

TEMPLATE_TEST_CASE("a task is read back whole and replaced", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = WholeCase(1);
  const auto read = [&](uint8_t number) {
    return ground.store.ReadTask(ground.connection(), Numbered<TaskId>(number));
  };
  CHECK(ReasonOf(read(1).status()) == "TASK_UNKNOWN");
  Task whole = WholeTask(1, c);
  const Task bare = TaskOf(2, c);
  REQUIRE(Save(ground, {.cases = {c}, .tasks = {whole, bare}}) == absl::OkStatus());
  CHECK(Must(read(1)) == whole);
  CHECK(Must(read(2)) == bare);
  whole.state = TaskState::kFinished;
  whole.lease_until.reset();
  whole.outcome = OutcomeKind::kDone;
  whole.results.clear();
  REQUIRE(Save(ground, {.tasks = {whole}}) == absl::OkStatus());
  CHECK(Must(read(1)) == whole);
  CHECK(Must(read(2)) == bare);
}

TEMPLATE_TEST_CASE("open tasks are offered by due date; not others, nor those of a hand", "",
                   REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  std::vector<Task> tasks;
  for (uint8_t i = 1; i <= 6; ++i) tasks.push_back(TaskOf(i, c));
  tasks[1].due_date = Day("2026-04-02");
  tasks[2].due_date = Day("2026-04-01");
  tasks[3].manual = true;
  tasks[4].state = TaskState::kLeased;
  tasks[5].system = "mail";
  const Hold open{NewUuidV4(), {"s"}, {"crm"}, false, {"invoice"}},
      over{NewUuidV4(), {}, {"crm"}, true, {}};
  REQUIRE(Save(ground, {.cases = {c}, .tasks = tasks, .holds = {open, over}}) == absl::OkStatus());
  const auto facts = Load<TestType>(ground, {{.lease_systems = {"crm"}, .lease_max = 5},
                                             {.case_id = c.id},
                                             {.lease_systems = {"none"}, .lease_max = 5},
                                             {.task_id = tasks[3].id, .holds = true}});
  REQUIRE(facts.size() == 4);
  CHECK(facts[0].offered == std::vector<Task>{tasks[2], tasks[1], tasks[0]});
  CHECK(facts[0].holds == std::vector<Hold>{open});
  CHECK(facts[1].offered.empty());
  CHECK(facts[1].holds.empty());
  CHECK(facts[3].task == tasks[3]);
  CHECK(facts[3].holds == std::vector<Hold>{open});
  CHECK(facts[2].offered.empty());
  // Each system gets its turn, whatever is due in the others; a few more than wanted, no more.
  std::vector<Task> many;
  for (uint8_t i = 10; i < 20; ++i) many.push_back(TaskOf(i, c, "files"));
  REQUIRE(Save(ground, {.tasks = many}) == absl::OkStatus());
  CHECK(Load<TestType>(ground, {{.lease_systems = {"crm", "files"}, .lease_max = 2}})[0]
            .offered.size() == 9);
  CHECK(Load<TestType>(ground, {{.lease_systems = {"files"}, .lease_max = 2}})[0].offered.size() ==
        6);
}

TEMPLATE_TEST_CASE("what waits for another try or is held stands in nobody's way", "",
                   REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  std::vector<Task> tasks;
  for (uint8_t i = 1; i <= 12; ++i) tasks.push_back(TaskOf(i, c));
  for (uint8_t i = 0; i < 10; ++i) tasks[i].available_at = At("2026-03-05");
  tasks[10].action = TaskAction::kErase;
  tasks[11].action = TaskAction::kExport;
  const Hold hold{NewUuidV4(), {}, {"crm"}, false, {}};
  REQUIRE(Save(ground, {.cases = {c}, .tasks = tasks, .holds = {hold}}) == absl::OkStatus());
  const auto at = [&](std::string_view day) {
    return Load<TestType>(ground,
                          {{.lease_systems = {"crm"}, .lease_max = 1, .lease_at = At(day)}})[0]
        .offered;
  };
  CHECK(at("2026-03-04") == std::vector<Task>{tasks[11]});
  CHECK(at("2026-03-05").size() == 5);
}

TEMPLATE_TEST_CASE("a hold on kinds of data holds up the orders that touch them", "",
                   REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  std::vector<Task> tasks;
  for (uint8_t i = 1; i <= 4; ++i) {
    tasks.push_back(TaskOf(i, c));
    tasks.back().action = TaskAction::kErase;
  }
  tasks[0].order.items = {{"i1", "name", "17", "delete"}};
  tasks[1].order.items = {{"i1", "name", "17", "delete"}, {"i2", "invoice", "17", "delete"}};
  tasks[3].action = TaskAction::kRectify;  // tasks[2] does not say what it erases
  const Hold hold{NewUuidV4(), {}, {"crm"}, false, {"invoice"}};
  REQUIRE(Save(ground, {.cases = {c}, .tasks = tasks, .holds = {hold}}) == absl::OkStatus());
  const auto facts = Load<TestType>(
      ground, {{.lease_systems = {"crm"}, .lease_max = 5, .lease_at = At("2026-03-05")}});
  CHECK(facts[0].offered == std::vector<Task>{tasks[0]});
}

TEMPLATE_TEST_CASE("tasks in work and finished since then are counted by system", "",
                   REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  std::vector<Task> tasks;
  for (uint8_t i = 1; i <= 5; ++i) tasks.push_back(TaskOf(i, c));
  tasks[0].state = TaskState::kLeased;
  tasks[1].state = tasks[2].state = TaskState::kFinished;
  tasks[1].finished_at = At("2026-03-02");
  tasks[2].finished_at = At("2026-03-04");
  tasks[3].state = TaskState::kLeased;
  tasks[3].system = "mail";
  REQUIRE(Save(ground, {.cases = {c}, .tasks = tasks}) == absl::OkStatus());
  const std::vector<std::string> both = {"crm", "mail"}, crm = {"crm"};
  using Counts = std::map<std::string, int64_t>;
  const auto since = [&](const std::vector<std::string>& systems, std::string_view day) {
    return Must(ground.store.CountRecent(ground.connection(), systems, At(day)));
  };
  CHECK(since(both, "2026-03-03") == Counts{{"crm", 2}, {"mail", 1}});
  CHECK(since(crm, "2026-03-01") == Counts{{"crm", 3}});
}

TEMPLATE_TEST_CASE("is anything to lease: of these systems, by now", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  Task task = TaskOf(1, c);
  task.available_at = At("2026-03-02");
  const std::vector<std::string> crm = {"mail", "crm"}, mail = {"mail"};
  const auto any = [&](const std::vector<std::string>& systems, std::string_view now) {
    return Must(ground.store.AnyLeasable(ground.connection(), systems, At(now)));
  };
  CHECK_FALSE(any(crm, "2026-03-02"));
  REQUIRE(Save(ground, {.cases = {c}, .tasks = {task}}) == absl::OkStatus());
  CHECK(any(crm, "2026-03-02"));
  CHECK_FALSE(any(crm, "2026-03-01"));
  CHECK_FALSE(any(mail, "2026-03-02"));
  task.manual = true;
  REQUIRE(Save(ground, {.tasks = {task}}) == absl::OkStatus());
  CHECK_FALSE(any(crm, "2026-03-02"));
}

TEMPLATE_TEST_CASE("leases that have lapsed come oldest first", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  std::vector<Task> tasks;
  for (uint8_t i = 1; i <= 3; ++i) {
    tasks.push_back(TaskOf(i, c));
    tasks.back().state = TaskState::kLeased;
    tasks.back().lease_until = At("2026-03-01 12:00") - absl::Minutes(i);
  }
  tasks.push_back(TaskOf(4, c));
  REQUIRE(Save(ground, {.cases = {c}, .tasks = tasks}) == absl::OkStatus());
  const auto lapsed = [&](std::string_view now) {
    return Must(ground.store.ReadLapsed(ground.connection(), At(now)));
  };
  CHECK(lapsed("2026-03-01 11:57").empty());
  CHECK(lapsed("2026-03-01 11:59") == std::vector<TaskId>{tasks[2].id, tasks[1].id});
  CHECK(lapsed("2026-03-01 13:00").size() == 3);
}

TEMPLATE_TEST_CASE("an upload grows by fence; a chunk sent again changes nothing", "",
                   REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  const Task task = TaskOf(1, c);
  REQUIRE(Save(ground, {.cases = {c}, .tasks = {task}}) == absl::OkStatus());
  const auto end = [&](int64_t fence) {
    return Must(ground.store.ReadUploadEnd(ground.connection(), task.id, fence));
  };
  const auto read = [&](int64_t fence) {
    return Must(ground.store.ReadUpload(ground.connection(), task.id, fence, 0, 9));
  };
  CHECK(end(1) == 0);
  CHECK(read(1).empty());
  const std::vector<UploadChunk> chunks = {
      {task.id, 1, 10, 5, "b"}, {task.id, 1, 0, 10, "a"}, {task.id, 2, 0, 3, "other"}};
  REQUIRE(Save(ground, {.chunks = chunks}) == absl::OkStatus());
  REQUIRE(Save(ground, {.chunks = {{task.id, 1, 0, 9, "again"}}}) == absl::OkStatus());
  CHECK(read(1) == std::vector<UploadChunk>{chunks[1], chunks[0]});
  CHECK(end(1) == 15);
  CHECK(read(2) == std::vector<UploadChunk>{chunks[2]});
  CHECK(end(2) == 3);
  CHECK(Must(ground.store.ReadUpload(ground.connection(), task.id, 1, 0, 1)) ==
        std::vector<UploadChunk>{chunks[1]});
  CHECK(Must(ground.store.ReadUpload(ground.connection(), task.id, 1, 10, 9)) ==
        std::vector<UploadChunk>{chunks[0]});
  const auto digest = [&](int64_t fence) {
    return Must(ground.store.ReadUploadDigest(ground.connection(), task.id, fence));
  };
  CHECK(digest(1) == std::nullopt);
  const std::string sum(32, 's');
  REQUIRE(Save(ground, {.upload_digest = UploadDigest{task.id, 1, sum}}) == absl::OkStatus());
  CHECK(digest(1) == sum);
  CHECK(digest(2) == std::nullopt);
}

TEMPLATE_TEST_CASE("a system is served by whom it was last; its tasks leave the hand", "",
                   REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  Task waiting = TaskOf(1, c), asked = TaskOf(2, c), elsewhere = TaskOf(3, c, "mail");
  for (Task* task : {&waiting, &asked, &elsewhere}) task->manual = true;
  asked.question = "WHO_IS_IT";
  ServedSystem served{"connector-crm", "crm",    {"EXPORT", "ERASE"},
                      {1, 4},          "digest", At("2026-03-01")};
  const auto read = [&] { return Must(ground.store.ReadServed(ground.connection())); };
  CHECK(read().empty());
  REQUIRE(Save(ground, {.cases = {c},
                        .tasks = {waiting, asked, elsewhere},
                        .evidence = {},
                        .served = {served}}) == absl::OkStatus());
  CHECK(read() == std::vector<ServedSystem>{served});
  served.connector = "connector-new";
  served.seen_at = At("2026-03-02");
  served.closed = {"mon-fri 07:00-09:00", "day 23-25 00:00-24:00"};
  served.tasks_per_hour_max = 5;
  REQUIRE(Save(ground, {.served = {served}, .opened_systems = {"crm"}}) == absl::OkStatus());
  CHECK(read() == std::vector<ServedSystem>{served});
  const auto manual = [&](const Task& task) {
    return Must(ground.store.ReadTask(ground.connection(), task.id)).manual;
  };
  CHECK_FALSE(manual(waiting));
  CHECK(manual(asked));
  CHECK(manual(elsewhere));
}

TEMPLATE_TEST_CASE("what was destroyed since a backup is told in order", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  std::vector<Task> tasks;
  for (uint8_t i = 1; i <= 6; ++i) {
    tasks.push_back(TaskOf(i, c));
    tasks.back().action = TaskAction::kErase;
    tasks.back().state = TaskState::kFinished;
    tasks.back().finished_at = At("2026-03-10") - absl::Hours(i);
  }
  tasks[1].action = TaskAction::kExport;
  tasks[2].state = TaskState::kCancelled;
  tasks[3].system = "mail";
  tasks[4].action = TaskAction::kRectify;
  REQUIRE(Save(ground, {.cases = {c}, .tasks = tasks}) == absl::OkStatus());
  const auto since = [&](absl::Time at) {
    return Must(ground.store.ReadFinishedSince(ground.connection(), "crm", at));
  };
  CHECK(since(At("2026-03-01")) == std::vector<Task>{tasks[5], tasks[4], tasks[0]});
  CHECK(since(*tasks[4].finished_at) == std::vector<Task>{tasks[0]});
  CHECK(since(At("2026-03-10")).empty());
}

TEMPLATE_TEST_CASE("the tasks of a disposal run are found by their ids", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Uuid run = NewUuidV4(), other = NewUuidV4();
  std::vector<Task> tasks;
  for (uint8_t i = 1; i <= 3; ++i) {
    tasks.push_back(TaskOf(i, CaseOf(1)));
    tasks.back().case_id.reset();
    tasks.back().run_id = i == 3 ? other : run;
  }
  REQUIRE(Save(ground, {.tasks = tasks}) == absl::OkStatus());
  const Uuid ids[] = {tasks[1].id.value(), tasks[0].id.value(), tasks[2].id.value(), NewUuidV4()};
  auto found = Must(ground.store.ReadRunTasks(ground.connection(), run, ids));
  std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.id < b.id; });
  CHECK(found == std::vector<Task>{tasks[0], tasks[1]});
  CHECK(Must(ground.store.ReadRunTasks(ground.connection(), run, {})).empty());
}

}  // namespace varsam::requests
