// Who is kept known by a hold after a run is forgotten by itself when the hold ends.
#include "tests/integration/services/retention/kept_company.h"

namespace varsam::retention {
namespace {

using testing::FreshId;
using testing::Patient;
using testing::ReadSource;

struct Held {
  KeptCompany& company;

  std::string Run() {
    v1::RunDisposalResponse run;
    REQUIRE(company.Run(RunRequest(), &run).ok());
    return run.run().id();
  }
  std::string PlaceHoldOn(const std::string& subject) {
    v1::PlaceHoldResponse response;
    REQUIRE(company.gateway->PlaceHold(Patient().get(), HoldOn(subject), &response).ok());
    return response.hold().id();
  }
  void Release(const std::string& hold) {
    v1::ReleaseHoldRequest request;
    request.set_request_id(FreshId());
    request.set_hold_id(hold);
    request.set_reason("Förlikning");
    v1::ReleaseHoldResponse response;
    REQUIRE(company.gateway->ReleaseHold(Patient().get(), request, &response).ok());
  }
  // The workflow tells that every issued item of the run was carried out.
  void FinishIssued(const std::string& run) {
    requests::v1::RequestsEntry entry;
    auto* finished = entry.mutable_disposal_tasks_finished();
    finished->set_run_id(run);
    for (const v1::DisposalItem& item : company.ItemsOf(run)) {
      if (item.state() != v1::DISPOSAL_STATE_ISSUED) continue;
      auto* done = finished->add_results();
      done->set_item_id(item.id());
      done->set_done(true);
      done->mutable_executed()->set_count(1);
      done->mutable_executed()->set_verification("re-queried: 0");
      *done->mutable_executed()->mutable_executed_at() = Stamp("2026-11-25T12:00:00Z");
    }
    REQUIRE(finished->results_size() > 0);
    REQUIRE(company.TellRequests({entry}).ok());
  }
  std::vector<v1::RetentionEntry> Certificates() {
    return company.LedgerEntries("certificate_issued");
  }
};

// Somebody else of whom the mailing system has told: so it is known what it holds.
v1::RecordSignal MailingTells() {
  v1::RecordSignal signal = KeptCompany::IdleProspect("other", "2026-11-01T10:00:00Z");
  signal.set_system("mailing");
  return signal;
}

}  // namespace

TEST_CASE("a hold placed while the tasks are out keeps the person known until it is released") {
  KeptCompany company;
  company.ApplyPolicy(ReadSource("deploy/policy/lexium.yaml"));
  const v1::RecordSignal person = KeptCompany::IdleProspect("1", "2024-11-20T10:00:00Z");
  REQUIRE(company.Record({person, MailingTells()}).ok());
  Held held{company};
  const std::string run = held.Run();
  const std::string hold = held.PlaceHoldOn(person.subject_id());
  held.FinishIssued(run);
  const auto certificates = held.Certificates();
  REQUIRE(certificates.size() == 1);
  CHECK_FALSE(certificates[0].certificate_issued().nothing_left());
  const v1::Certificate& first = certificates[0].certificate_issued().certificate();
  REQUIRE(first.residue_size() == 1);
  CHECK(first.residue(0).code() == "LEGAL_CLAIMS");
  CHECK(first.residue(0).reference() == "Art. 17(3)(e)");
  CHECK(company.Count("SELECT count(*) FROM waiting_person") == 1);
  company.Restart();
  CHECK(held.Certificates().size() == 1);

  held.Release(hold);
  Await([&] { return held.Certificates().size() == 2; });
  const auto after = held.Certificates();
  CHECK(after[1].certificate_issued().nothing_left());
  CHECK(after[1].certificate_issued().subject_id() == person.subject_id());
  const v1::Certificate& last = after[1].certificate_issued().certificate();
  CHECK(last.run_id() == run);
  CHECK(last.executed_size() == first.executed_size());
  CHECK(last.residue_size() == 0);
  CHECK(company.Count("SELECT count(*) FROM waiting_person") == 0);
  CHECK(company.Count("SELECT count(*) FROM certificate") == 2);
}

TEST_CASE("what a hold blocks is disposed of after its release, and the person forgotten") {
  KeptCompany company;
  company.ApplyPolicy(ReadSource("deploy/policy/lexium.yaml"));
  const v1::RecordSignal person = KeptCompany::IdleProspect("1", "2024-11-20T10:00:00Z");
  REQUIRE(company.Record({person, MailingTells()}).ok());
  Held held{company};
  const std::string hold = held.PlaceHoldOn(person.subject_id());
  const std::string run = held.Run();
  CHECK(company.LedgerEntries("disposal_issued").empty());
  held.Release(hold);
  company.SetTime("2026-11-26T12:00:00Z");
  Await([&] { return company.LedgerEntries("disposal_issued").size() == 1; });
  held.FinishIssued(run);
  const auto certificates = held.Certificates();
  REQUIRE(certificates.size() == 1);
  CHECK(certificates[0].certificate_issued().nothing_left());
}

TEST_CASE("a system that has never told of anybody keeps the person known until it does") {
  KeptCompany company;
  company.ApplyPolicy(ReadSource("deploy/policy/lexium.yaml"));
  REQUIRE(company.Record({KeptCompany::IdleProspect("1", "2024-11-20T10:00:00Z")}).ok());
  Held held{company};
  held.FinishIssued(held.Run());
  const auto certificates = held.Certificates();
  REQUIRE(certificates.size() == 1);
  CHECK_FALSE(certificates[0].certificate_issued().nothing_left());
  CHECK(certificates[0].certificate_issued().certificate().residue(0).code() == "SYSTEM_UNKNOWN");
  REQUIRE(company.Record({MailingTells()}).ok());
  Await([&] { return held.Certificates().size() == 2; });
  CHECK(held.Certificates()[1].certificate_issued().nothing_left());
}

}  // namespace varsam::retention
