// The database of consent put back to an earlier state: what protects people comes back before any
// port opens, what had gone goes again.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "libs/client/decisions.h"
#include "libs/ledger/replay_list.h"
#include "tests/support/consent_stack.h"
#include "tests/support/free_ports.h"
#include "varsam/consent/v1/consent_entry.pb.h"

namespace varsam::consent {
namespace {

using client::Decisions;
using testing::ConsentStack;
using testing::FreshId;
using testing::Patient;

// What the replay list of consent takes from its ledger.
bool Listed(const std::string& kind, const std::string& payload) {
  if (kind != "consent_recorded") return kind != "browser_seen";
  v1::ConsentEntry entry;
  REQUIRE(entry.ParseFromString(payload));
  return entry.consent_recorded().event().choice() > v1::CHOICE_RENEWED;
}

struct Company : ConsentStack {
  Company() : folder("/tmp/varsam-test-consent-replay-" + std::to_string(getpid())) {
    Prepare();
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/key") << std::string(ledger::kReplayKeyBytes, 'k');
    list = std::make_unique<ledger::ReplayList>(folder + "/consent.list",
                                                std::string(ledger::kReplayKeyBytes, 'k'));
    adjust = [this](Config& config) { config.host.server.port = port; };
  }
  ~Company() { std::filesystem::remove_all(folder); }

  void Follow() {
    std::vector<ledger::ListedEntry> entries;
    const auto page = app().host().reader().Entries(next, ledger::kReadEntriesMax);
    REQUIRE(page.ok());
    for (const ledger::StoredEntry& one : *page) {
      next = one.index + 1;
      if (!one.payload || !Listed(one.kind, *one.payload)) continue;
      entries.push_back({one.index, one.kind, one.at, *one.payload});
    }
    REQUIRE(list->Append(entries, next).ok());
  }
  void Copy(const std::string& from, const std::string& to) {
    Stop(0);
    auto admin = ground().database().OpenAdmin();
    REQUIRE(admin->Execute("DROP DATABASE IF EXISTS " + to + " WITH (FORCE)").ok());
    REQUIRE(admin->Execute("CREATE DATABASE " + to + " TEMPLATE " + from).ok());
  }
  void Backup() {
    Copy(ground().database().name(), ground().database().name() + "_backup");
    Restart();
  }
  void Restore() {
    Copy(ground().database().name() + "_backup", ground().database().name());
    REQUIRE(ground()
                .database()
                .OpenAdmin()
                ->Execute("DROP DATABASE " + ground().database().name() + "_backup")
                .ok());
    adjust = [this](Config& config) {
      config.host.server.port = port;
      config.host.replay_list = folder;
      config.host.replay_key_file = folder + "/key";
    };
    Restart();
  }

  std::string Record(const std::string& subject, const std::string& purpose, v1::Choice choice) {
    v1::RecordConsentResponse response;
    REQUIRE(
        stub().RecordConsent(Patient().get(), Choice(subject, purpose, choice), &response).ok());
    return response.event().id();
  }
  std::string Suppress(const std::string& address) {
    v1::AddSuppressionRequest request;
    request.set_request_id(FreshId());
    request.mutable_identifier()->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
    request.mutable_identifier()->set_value(address);
    request.set_scope("all");
    v1::AddSuppressionResponse response;
    REQUIRE(stub().AddSuppression(Patient().get(), request, &response).ok());
    return response.id();
  }
  void NoLongerNeeded(const std::string& suppression) {
    v1::ReviewSuppressionRequest request;
    request.set_request_id(FreshId());
    request.set_suppression_id(suppression);
    v1::ReviewSuppressionResponse response;
    REQUIRE(stub().ReviewSuppression(Patient().get(), request, &response).ok());
  }
  void Link(const std::string& subject, const std::string& browser) {
    v1::LinkSubjectsRequest request;
    request.set_request_id(FreshId());
    request.set_subject_id(subject);
    request.set_browser_subject_id(browser);
    request.set_channel("sign_in");
    request.set_evidence_reference("session/1");
    v1::LinkSubjectsResponse response;
    REQUIRE(stub().LinkSubjects(Patient().get(), request, &response).ok());
  }
  int64_t Count(const std::string& from) {
    const std::string text = "SELECT count(*) FROM " + from;
    auto connection = ground().database().Open();
    const auto rows = connection->Query(pg::Statement{"counted", text.c_str()}, pg::Params());
    INFO(rows.status().ToString());
    REQUIRE(rows.ok());
    return rows->Only().Int64(0);
  }

  const std::string folder;
  uint16_t port = 0;  // from the first restart on
  std::unique_ptr<ledger::ReplayList> list;
  uint64_t next = 0;
};

}  // namespace

TEST_CASE("a restored consent service revives no consent, no proof and no address") {
  Company company;
  const std::string anna = company.Register("applicant"), bo = company.Register("applicant"),
                    browser = company.Register("customer_contact");
  company.Record(anna, "talent_pool", v1::CHOICE_GIVEN);
  company.Record(anna, "web_statistics", v1::CHOICE_GIVEN);
  company.Record(browser, "web_statistics", v1::CHOICE_REFUSED);
  company.Record(bo, "talent_pool", v1::CHOICE_GIVEN);
  company.Record(bo, "talent_pool", v1::CHOICE_WITHDRAWN);
  const std::string dropped = company.Suppress("dropped@post.example");
  company.Suppress("kept@post.example");
  company.Follow();
  company.Backup();

  company.Link(anna, browser);
  const absl::Time late = SystemClock().Now() + absl::Hours(24 * (5 * 365 + 5));
  CHECK(company.app().keep_proofs().Tick(late).value().ended == 1);  // those of bo
  company.Record(anna, "talent_pool", v1::CHOICE_WITHDRAWN);
  company.NoLongerNeeded(dropped);
  company.Suppress("late@post.example");
  company.Follow();
  const auto check = [&] {
    CHECK(company.Ask(anna, "talent_pool") == "CONSENT_WITHDRAWN");
    CHECK(company.Ask(anna, "web_statistics") == "CONSENT_REFUSED");
    CHECK(company.Ask(bo, "talent_pool") == "NO_CONSENT");
    CHECK(company.Count("consent_event WHERE subject_id = '" + bo + "'") == 0);
    CHECK(company.Count("suppression") == 2);
    CHECK(company.Count("suppression WHERE suppression_id = '" + dropped + "'") == 0);
    CHECK(company.Count("subject_link") == 1);
  };
  check();

  company.Restore();
  check();
  CHECK(company.Count("ledger_entry WHERE kind = 'restore_replayed'") == 1);
  // Link, proofs, withdrawal, review and suppression; carried out once, however often it starts.
  CHECK(company.Count("ledger_entry WHERE kind = 'proofs_forgotten'") == 1);
  const int64_t choices = company.Count("consent_event");
  auto moved = company.ground().database().Open()->Execute(
      "UPDATE ledger_timeline SET timeline = timeline + 1");
  REQUIRE(moved.ok());
  company.Restart();
  check();
  CHECK(company.Count("consent_event") == choices);
  CHECK(company.Count("ledger_entry WHERE kind = 'restore_replayed'") == 2);
}

TEST_CASE("answers kept from before a restore are dropped, and what it has lost is not demanded") {
  Company company;
  const std::string anna = company.Register("applicant"), bo = company.Register("applicant");
  company.Record(bo, "talent_pool", v1::CHOICE_GIVEN);
  company.Follow();
  company.port = testing::FreePorts(1);
  company.Backup();
  Decisions decisions({}, company.ground().ChannelAs("gateway", company.port), SystemClock());
  const auto pool = decisions.Ask({.purpose = "talent_pool"});
  decisions.Start();
  const SubjectId subject = *SubjectId::Parse(anna);
  const auto decide = [&] {
    const auto answer =
        decisions.Decide(subject, pool, SystemClock().Now() + absl::Milliseconds(500));
    return answer.ok() ? answer->reason() : varsam::ReasonOf(answer.status());
  };
  v1::DecideRequest whole;
  whole.mutable_query()->set_subject_id(anna);
  whole.mutable_query()->set_purpose("talent_pool");
  const auto keep_whole = [&] {
    v1::DecideRequest keeping = whole;
    keeping.set_keep(true);
    v1::DecideResponse told;
    REQUIRE(company.stub().Decide(Patient().get(), keeping, &told).ok());
    decisions.KeepWhole(keeping, told);
    return decisions.FindWhole(whole).has_value();
  };
  // What the backup does not know, and will not get back.
  company.Record(anna, "talent_pool", v1::CHOICE_GIVEN);
  for (int i = 0; i < 5; ++i) company.Record(bo, "talent_pool", v1::CHOICE_GIVEN);
  decisions.Demand(company.app().host().reader().Size().value());
  const auto view = [&](const v1::View& after) {
    v1::WatchDecisionsRequest request;
    request.set_heartbeat(true);
    *request.mutable_after_view() = after;
    const auto context = Patient();
    const auto stream = company.stub().WatchDecisions(context.get(), request);
    v1::WatchDecisionsResponse told;
    REQUIRE(stream->Read(&told));
    context->TryCancel();
    return told;
  };
  const v1::View seen = view({}).view();
  REQUIRE(testing::Eventually([&] {
    decide();
    const auto kept = decisions.Find(subject, pool);
    return kept && kept->allowed() && keep_whole();
  }));
  company.Follow();

  company.Restore();
  REQUIRE(testing::Eventually([&] {
    const auto kept = decisions.Find(subject, pool);
    CHECK_FALSE((kept && kept->allowed()));
    return decide() == "NO_CONSENT" && decisions.Find(subject, pool).has_value();
  }));
  REQUIRE(testing::Eventually(keep_whole));
  CHECK(decisions.FindWhole(whole)->decision().reason() == "NO_CONSENT");
  // When the log is as long again as it was, an old view is no place to come back to.
  while (company.app().host().reader().Size().value() <= seen.revision()) {
    company.Record(bo, "talent_pool", v1::CHOICE_GIVEN);
  }
  const v1::WatchDecisionsResponse told = view(seen);
  CHECK(told.view().revision() > seen.revision());
  CHECK(told.view().history() > seen.history());
  CHECK((!told.unchanged() && told.subject_ids().empty()));
  CHECK(view(told.view()).unchanged());
}

}  // namespace varsam::consent
