// A database that has been put back: nothing opens before the replay list has been gone through.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "libs/base/error.h"
#include "tests/integration/services/retention/kept_company.h"

namespace varsam::retention {
namespace {

using testing::FreshId;
using testing::Patient;
using testing::ReadSource;

// The folder that stands outside every database, and its key.
struct Outside {
  Outside() : folder("/tmp/varsam-test-replay-" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/key") << std::string(ledger::kReplayKeyBytes, 'k');
  }
  ~Outside() { std::filesystem::remove_all(folder); }
  void Give(KeptCompany& company) const {
    company.config.host.replay_list = folder;
    company.config.host.replay_key_file = folder + "/key";
  }
  ledger::ReplayListState State(const std::string& ledger) const {
    return *ledger::ReplayList(folder + "/" + ledger + ".list",
                               std::string(ledger::kReplayKeyBytes, 'k'))
                .Scan();
  }
  const std::string folder;
};

std::string HoldCrm(KeptCompany& company) {
  v1::PlaceHoldRequest request;
  request.set_request_id(FreshId());
  request.mutable_hold()->set_matter("T 9-26");
  request.mutable_hold()->set_owner("Eva Holm");
  request.mutable_hold()->set_reason("Tvist");
  request.mutable_hold()->mutable_scope()->add_systems("crm");
  v1::PlaceHoldResponse response;
  REQUIRE(company.gateway->PlaceHold(Patient().get(), request, &response).ok());
  return response.hold().id();
}

std::string Reason(const absl::StatusOr<std::unique_ptr<App>>& started) {
  return std::string(ReasonOf(started.status()));
}

}  // namespace

TEST_CASE("holds and backup sets that the backup does not know come back before any port opens") {
  const Outside outside;
  std::string held, released;
  {
    KeptCompany company;
    outside.Give(company);
    company.Restart();
    held = HoldCrm(company);
    released = HoldCrm(company);
    v1::ReleaseHoldRequest release;
    release.set_request_id(FreshId());
    release.set_hold_id(released);
    release.set_reason("Förlikning");
    v1::ReleaseHoldResponse done;
    REQUIRE(company.gateway->ReleaseHold(Patient().get(), release, &done).ok());
    Await([&] { return outside.State("retention").entries == 3; });
  }
  KeptCompany restored;  // an empty database: the oldest backup there can be
  outside.Give(restored);
  restored.Restart();
  v1::ListHoldsRequest request;
  request.set_include_released(true);
  v1::ListHoldsResponse holds;
  REQUIRE(restored.gateway->ListHolds(Patient().get(), request, &holds).ok());
  REQUIRE(holds.holds_size() == 2);
  for (const v1::Hold& hold : holds.holds()) {
    CHECK(hold.has_released_at() == (hold.id() == released));
    CHECK(hold.owner() == "Eva Holm");
  }
  const auto entries = restored.LedgerEntries("restore_replayed");
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].restore_replayed().replayed() == 3);
  CHECK(entries[0].restore_replayed().size_before() == 0);
  CHECK(entries[0].restore_replayed().replayed_by_kind().at("hold_placed") == 2);
  // Once is enough, also when a crash has it done again.
  restored.Restart();
  CHECK(restored.LedgerEntries("restore_replayed").size() == 1);
  REQUIRE(restored.ground.database()
              .Open()
              ->Execute("UPDATE ledger_timeline SET timeline = timeline + 1")
              .ok());
  restored.Restart();
  const auto again = restored.LedgerEntries("restore_replayed");
  REQUIRE(again.size() == 2);
  CHECK(again[1].restore_replayed().replayed() == 0);
  CHECK(again[1].restore_replayed().present() == 3);
  CHECK(restored.Count("SELECT count(*) FROM hold") == 2);
}

TEST_CASE("without its list, or with one that was changed, a restored service does not open") {
  const Outside outside;
  KeptCompany company;
  HoldCrm(company);
  company.app.reset();
  REQUIRE(company.ground.database()
              .Open()
              ->Execute("UPDATE ledger_timeline SET timeline = timeline + 1")
              .ok());
  CHECK(Reason(App::Start(company.config)) == "RESTORE_NOT_REPLAYED");
  outside.Give(company);
  CHECK(Reason(App::Start(company.config)) == "REPLAY_LIST_MISSING");
  std::ofstream(outside.folder + "/retention.list") << "{\"next\":1}\tabcd\n";
  CHECK(Reason(App::Start(company.config)) == "REPLAY_LIST_BROKEN");
  CHECK(company.Count("SELECT count(*) FROM ledger_entry") == 1);
}

}  // namespace varsam::retention
