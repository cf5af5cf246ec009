// The agent over a real wire against a platform that misbehaves as networks and crashes do.
#include <catch2/catch.hpp>

#include <filesystem>

#include "services/connector/agent/agent.h"
#include "tests/integration/services/connector/fake_platform.h"

namespace varsam::connector {
namespace {

// A system of three rows, in memory: what a task does to it, and when.
class ThreeRows final : public Adapter {
 public:
  uint32_t rows = 3;
  int commits = 0;
  std::string document;
  std::function<void()> before_gate = [] {};
  bool die_after_commit = false;  // the process would be gone: nothing is reported
  absl::Status check;

  const std::string& system() const override { return system_; }
  std::vector<Capability> Capabilities() const override {
    return {{"ERASE", {"email"}, {IdentifierType::kEmail}}};
  }
  absl::StatusOr<std::string> CheckMapping() override {
    if (!check.ok()) return check;
    return std::string(32, 'd');
  }
  absl::StatusOr<Exported> Run(const Identifiers&, const Export&) override {
    return Exported{Done{{{.data_category = "email", .found = 1, .exported = 1}}},
                    Spool::Of(document)};
  }
  absl::StatusOr<Outcome> Run(const Identifiers&, const Rectify&, const CommitGate&) override {
    return Outcome(NeedsHuman{"VALUE_CHANGED_MEANWHILE"});
  }
  absl::StatusOr<Outcome> Run(const Identifiers&, const Restrict&, const CommitGate&) override {
    return absl::UnavailableError("database away");
  }
  absl::StatusOr<Outcome> Run(const Identifiers&, const StopProcessing&,
                              const CommitGate&) override {
    return Outcome(Unsupported{"NOT_IN_MAPPING"});
  }
  absl::StatusOr<Outcome> Run(const Identifiers&, const Erase& ask,
                              const CommitGate& gate) override {
    if (rows == 0) return Outcome(NoData{});
    Outcome done = Done{{{.data_category = "email",
                          .item_id = ask.items.at(0).id,
                          .found = rows,
                          .deleted = rows}}};
    before_gate();
    if (absl::Status go = gate(done); !go.ok()) return go;
    rows = 0;
    ++commits;
    if (die_after_commit) throw std::runtime_error("killed");
    return done;
  }
  absl::StatusOr<Outcome> Run(const Identifiers&, const Verify&) override {
    return Outcome(NoData{});
  }
  absl::StatusOr<InventoryPage> Inventory(const std::string&, int) override {
    return InventoryPage{};
  }

 private:
  std::string system_ = "crm";
};

v1::LeasedTask EraseTask(const std::string& id) {
  v1::LeasedTask task;
  task.set_task_id(id);
  task.set_system("crm");
  v1::EraseItem* item = task.mutable_erase()->add_items();
  item->set_id("item-1");
  item->set_data_category("email");
  return task;
}

struct Ground {
  Ground() : folder(MakeFolder()), platform(server.Channel()) { Restart(); }
  ~Ground() { std::filesystem::remove_all(folder); }
  static std::string MakeFolder() {
    char pattern[] = "/tmp/varsam-test-connector-XXXXXX";
    return mkdtemp(pattern);
  }
  // A new process over the same state folder.
  void Restart() {
    agent.reset();
    memory = std::make_unique<TaskMemory>(*TaskMemory::Open(folder));
    metrics = std::make_shared<obs::Metrics>();
    AgentConfig config;
    config.rules.erasures_per_hour_max = 2;
    config.rules.retry_first = absl::Milliseconds(1);
    config.rules.retry_cap = absl::Milliseconds(2);
    agent = std::make_unique<Agent>(config, platform, *memory, clock, std::vector<Adapter*>{&rows},
                                    *metrics);
  }
  std::string Work() {
    const auto outcome = agent->WorkOnce(rows);
    return outcome.ok() ? *outcome : std::string(outcome.status().message());
  }
  FakePlatform server;
  std::string folder;
  Platform platform;
  ThreeRows rows;
  ManualClock clock{absl::FromUnixSeconds(1'800'000'000)};
  std::unique_ptr<TaskMemory> memory;
  std::shared_ptr<obs::Metrics> metrics;
  std::unique_ptr<Agent> agent;
};

uint32_t Deleted(const v1::FinishRequest& request) {
  REQUIRE(request.outcome().has_done());
  return request.outcome().done().results(0).deleted();
}

}  // namespace

TEST_CASE("hello tells systems and digest; a system whose mapping does not fit is left out") {
  Ground ground;
  ground.server.warnings = {"SCHEMA_DRIFT crm"};
  const auto warnings = ground.agent->SayHello();
  REQUIRE(warnings.ok());
  CHECK(*warnings == std::vector<std::string>{"SCHEMA_DRIFT crm"});
  CHECK(ground.server.hello.systems(0).schema_digest() == std::string(32, 'd'));
  ground.rows.check = absl::FailedPreconditionError("no such column");
  CHECK_FALSE(ground.agent->SayHello().ok());
}

TEST_CASE("a task leased twice does its work once and reports the same twice") {
  Ground ground;
  CHECK(ground.Work() == "");
  ground.server.Offer(EraseTask("t1"), 1);
  CHECK(ground.Work() == "done");
  ground.server.Offer(EraseTask("t1"), 2);
  CHECK(ground.Work() == "done");
  CHECK(ground.rows.commits == 1);
  REQUIRE(ground.server.finished.size() == 2);
  CHECK(Deleted(ground.server.finished[1]) == 3);
}

TEST_CASE("a crash between the commit and the report loses nothing and doubles nothing") {
  Ground ground;
  ground.rows.die_after_commit = true;
  ground.server.Offer(EraseTask("t1"), 1);
  CHECK_THROWS(ground.agent->WorkOnce(ground.rows));
  CHECK(ground.server.finished.empty());
  ground.Restart();
  ground.server.Offer(EraseTask("t1"), 2);
  CHECK(ground.Work() == "done");
  CHECK(ground.rows.commits == 1);
  REQUIRE(ground.server.finished.size() == 1);
  CHECK(Deleted(ground.server.finished[0]) == 3);
  CHECK(ground.server.finished[0].outcome().done().results(0).item_id() == "item-1");
}

TEST_CASE("without a remembered report a second erasure finds nothing (negative control)") {
  Ground ground;
  ground.server.Offer(EraseTask("t1"), 1);
  CHECK(ground.Work() == "done");
  std::filesystem::remove_all(ground.folder);
  ground.Restart();
  ground.server.Offer(EraseTask("t1"), 2);
  CHECK(ground.Work() == "no_data");
}

TEST_CASE("a lost answer to Finish is asked for again") {
  Ground ground;
  ground.server.lose_finish_answers = 2;
  ground.server.Offer(EraseTask("t1"), 1);
  CHECK(ground.Work() == "done");
  CHECK(ground.server.finished.size() == 3);
  CHECK(ground.rows.commits == 1);
}

TEST_CASE("called off before the commit: nothing is committed and nothing reported") {
  Ground ground;
  ground.rows.before_gate = [&] {
    std::lock_guard lock(ground.server.mutex);
    ground.server.cancelled.insert("t1");
  };
  ground.server.Offer(EraseTask("t1"), 1);
  CHECK(ground.Work() == "cancelled");
  CHECK(ground.rows.commits == 0);
  CHECK(ground.server.finished.empty());
}

TEST_CASE("a lease that lapsed before the commit commits nothing; a stale report changes nothing") {
  Ground ground;
  ground.rows.before_gate = [&] {
    std::lock_guard lock(ground.server.mutex);
    ground.server.fences["t1"] = 2;  // somebody else has it by now
  };
  ground.server.Offer(EraseTask("t1"), 1);
  CHECK(ground.Work() == "lost");
  CHECK(ground.rows.commits == 0);
  v1::LeasedTask verify;
  verify.set_task_id("t2");
  verify.set_system("crm");
  verify.mutable_verify();
  ground.server.Offer(verify, 1);
  ground.server.fences["t2"] = 2;
  CHECK(ground.Work() == "lost");
  CHECK(ground.server.stale.size() == 1);
  CHECK(ground.server.finished.empty());
}

TEST_CASE("an upload that is cut goes on from the offset the server has") {
  Ground ground;
  ground.rows.document = std::string(3 * kChunkBytes + 17, 'x');
  ground.rows.document[kChunkBytes] = 'y';
  ground.server.cut_uploads_after_chunks = 2;
  v1::LeasedTask task;
  task.set_task_id("t1");
  task.set_system("crm");
  task.mutable_export_data();
  ground.server.Offer(task, 1);
  CHECK(ground.Work() == "done");
  CHECK(ground.server.upload_calls == 2);
  CHECK(ground.server.uploads["t1"] == ground.rows.document);
  CHECK(ground.server.finished[0].result_sha256() == Sha256(ground.rows.document));
}

TEST_CASE("more erasures than an hour allows are put off") {
  Ground ground;
  for (const char* id : {"t1", "t2", "t3"}) {
    ground.rows.rows = 3;
    ground.server.Offer(EraseTask(id), 1);
    ground.Work();
  }
  REQUIRE(ground.server.finished.size() == 3);
  CHECK(ground.server.finished[2].outcome().failed().reason() == "ERASURES_PER_HOUR_MAX");
  CHECK(ground.server.finished[2].outcome().failed().retryable());
  CHECK(ground.rows.commits == 2);
  ground.clock.Advance(absl::Minutes(61));
  ground.server.Offer(EraseTask("t3"), 2);
  CHECK(ground.Work() == "done");
}

TEST_CASE("each answer of a system is exactly one typed outcome") {
  Ground ground;
  v1::LeasedTask task;
  task.set_system("crm");
  task.set_task_id("a");
  ground.server.Offer(task, 1);
  CHECK(ground.Work() == "unsupported");  // an action this software does not know
  task.set_task_id("b");
  task.mutable_rectify();
  ground.server.Offer(task, 1);
  CHECK(ground.Work() == "needs_human");
  task.set_task_id("c");
  task.mutable_restrict();
  ground.server.Offer(task, 1);
  CHECK(ground.Work() == "failed");
  CHECK(ground.server.finished.back().outcome().failed().retryable());
}

TEST_CASE("the keeper renews what is in work and notices a loss") {
  Ground ground;
  LeaseKeeper keeper(ground.platform);
  ground.server.fences["t1"] = 5;
  const auto hold = keeper.Keep("t1", 5);
  keeper.RenewAll();
  CHECK(ground.server.renewals == 1);
  CHECK(hold->state() == LeaseKeeper::State::kHeld);
  ground.server.fences["t1"] = 6;
  keeper.RenewAll();
  CHECK(hold->state() == LeaseKeeper::State::kLost);
}

}  // namespace varsam::connector
