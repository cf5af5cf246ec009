// Erasure cases, certificates, the outside verifier, backups and the replay list.
#include <unistd.h>

#include <fstream>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "tests/integration/services/retention/kept_company.h"

namespace varsam::retention {
namespace {

using testing::FreshId;
using testing::Patient;

constexpr char kLaw[] = "Bokföringslagen (1999:1078) 7 kap. 2 §";

struct CustomerContact {
  CustomerContact() {
    company.ApplyPolicy(testing::ReadSource("deploy/policy/lexium.yaml"));
    v1::RecordSignal crm = KeptCompany::IdleProspect("1001/1", "2026-11-13T10:00:00Z");
    crm.clear_subject_categories();
    crm.add_subject_categories("customer_contact");
    (*crm.mutable_flags())["customer"] = "true";
    subject = crm.subject_id();
    v1::RecordSignal email = crm;
    email.set_system("payroll");
    email.set_record_key("1");
    email.clear_events();
    email.clear_data_categories();
    email.add_data_categories("email");
    v1::RecordSignal invoice = email;
    invoice.clear_data_categories();
    invoice.add_data_categories("accounting_record");
    v1::ClockEvent* year = invoice.add_events();
    year->set_type("fiscal_year_end");
    *year->mutable_at() = Stamp("2025-12-30T23:00:00Z");
    REQUIRE(company.Record({crm, email, invoice}).ok());
  }

  v1::PlanErasureResponse Grant() {
    v1::PlanErasureRequest request;
    request.set_subject_id(subject);
    request.set_case_id("case-1");
    v1::PlanErasureResponse response;
    const absl::Status status =
        rpc::FromGrpc(company.workflow->PlanErasure(Patient().get(), request, &response));
    INFO(status.ToString());
    REQUIRE(status.ok());
    return response;
  }

  KeptCompany company;
  std::string subject;
};

requests::v1::RequestsEntry Executed(const std::string& subject,
                                     const v1::PlanErasureResponse& plan) {
  requests::v1::RequestsEntry entry;
  auto* event = entry.mutable_erasure_executed();
  event->set_case_id("case-1");
  event->set_subject_id(subject);
  event->add_recipients_told("v_crm");
  for (const v1::ErasureDecision& one : plan.decisions()) {
    if (!one.erase() || one.record_key().empty()) continue;  // the others had no data
    v1::ExecutedErasure* executed = event->add_executed();
    executed->set_system(one.system());
    executed->set_record_key(one.record_key());
    executed->set_data_category(one.data_category());
    executed->set_method(one.method());
    executed->set_count(1);
    *executed->mutable_executed_at() = Stamp("2026-11-25T11:00:00Z");
    executed->set_verification("re-queried: 0");
  }
  return entry;
}

int Verify(const std::string& document, const std::string& vkey) {
  const std::string path = absl::StrCat("/tmp/varsam-test-", getpid(), "-certificate.json");
  std::ofstream(path, std::ios::binary) << document;
  const auto shown = testing::RunCommand(absl::StrCat(
      std::getenv("VARSAM_BINARY_DIR"), "/bin/varsam-verify --vkey '", vkey, "' ", path));
  unlink(path.c_str());
  INFO(shown.text);
  return shown.code;
}

}  // namespace

TEST_CASE("P10 the invoice of 2025 stays until 2032-12-31 under its law, the rest goes") {
  CustomerContact contact;
  const v1::PlanErasureResponse plan = contact.Grant();
  int recorded = 0;
  std::set<std::string> unrecorded;
  for (const v1::ErasureDecision& one : plan.decisions()) {
    if (one.record_key().empty()) {
      // A system that told of no record is searched; nothing a law may want is touched there.
      CHECK(one.erase());
      unrecorded.insert(one.system() + "/" + one.data_category());
      continue;
    }
    ++recorded;
    if (one.data_category() == "accounting_record") {
      CHECK_FALSE(one.erase());
      CHECK(one.keep_until() == "2032-12-31");
      CHECK(one.code() == "LEGAL_OBLIGATION");
      CHECK(one.reference() == kLaw);
    } else {
      CHECK(one.erase());
      CHECK(one.method() == "delete");
    }
    CHECK(one.steps_size() > 0);
  }
  CHECK(recorded == 5);
  CHECK(unrecorded.contains("email/email_content"));
  for (const std::string& one : unrecorded) {
    INFO(one);
    CHECK_FALSE((one.starts_with("crm/") || one.starts_with("payroll/")));
  }
  CHECK(plan.backup_clear_by() == "2026-12-30");
  // Asked again, later, it is the same grant.
  contact.company.SetTime("2026-11-26T12:00:00Z");
  const v1::PlanErasureResponse again = contact.Grant();
  CHECK(again.decisions(0).SerializeAsString() == plan.decisions(0).SerializeAsString());
  CHECK(contact.company.Plan().items().empty());  // left to the case

  v1::ExplainRetentionRequest explain;
  explain.set_subject_id(contact.subject);
  v1::ExplainRetentionResponse explained;
  REQUIRE(contact.company.gateway->ExplainRetention(Patient().get(), explain, &explained).ok());
  REQUIRE(explained.fields_size() == 5);
  for (const v1::FieldRetention& field : explained.fields()) {
    REQUIRE(field.steps_size() > 0);
    CHECK_FALSE(field.steps(0).sv().empty());
    if (field.data_category() != "accounting_record") continue;
    CHECK(field.must_until() == "2032-12-31");
    CHECK(field.reference() == kLaw);
  }
}

TEST_CASE("an executed case is certified; the document proves itself, a changed byte does not") {
  CustomerContact contact;
  const v1::PlanErasureResponse plan = contact.Grant();
  REQUIRE(contact.company.TellRequests({Executed(contact.subject, plan)}).ok());
  v1::ListCertificatesRequest list;
  list.set_case_id("case-1");
  v1::ListCertificatesResponse listed;
  REQUIRE(contact.company.workflow->ListCertificates(Patient().get(), list, &listed).ok());
  REQUIRE(listed.certificates_size() == 1);
  v1::GetCertificateRequest get;
  get.set_certificate_id(listed.certificates(0).id());
  v1::GetCertificateResponse got;
  REQUIRE(contact.company.gateway->GetCertificate(Patient().get(), get, &got).ok());
  const v1::Certificate& certificate = got.certificate();
  CHECK(certificate.executed_size() == 4);
  REQUIRE(certificate.residue_size() == 1);
  CHECK(certificate.residue(0).retain_until() == "2032-12-31");
  CHECK(certificate.residue(0).reference() == kLaw);
  CHECK(certificate.backup_clear_by() == "2026-12-30");
  CHECK(certificate.recipients_told(0) == "v_crm");
  CHECK(certificate.receipt().find(contact.subject) == std::string::npos);
  const std::string vkey = contact.company.app->host().ledger().signer().vkey();
  CHECK(Verify(certificate.receipt(), vkey) == 0);
  std::string changed = certificate.receipt();
  const size_t at = changed.find("2032-12-31");
  REQUIRE(at != std::string::npos);
  changed[at + 3] = '9';
  CHECK(Verify(changed, vkey) == 1);
  // What is left: one field. The case told again by a feed that came back changes nothing.
  CHECK(contact.company.Count("SELECT count(*) FROM field WHERE disposed_at IS NULL") == 1);
  CHECK(contact.company.LedgerEntries("certificate_issued").size() == 1);
}

TEST_CASE("a finished run is certified for each person; a failed item comes back") {
  KeptCompany company;
  company.ApplyPolicy(testing::ReadSource("deploy/policy/lexium.yaml"));
  REQUIRE(company
              .Record({KeptCompany::IdleProspect("1", "2024-11-20T10:00:00Z"),
                       KeptCompany::IdleProspect("2", "2024-11-20T10:00:00Z")})
              .ok());
  v1::RunDisposalRequest request;
  request.set_request_id(FreshId());
  v1::RunDisposalResponse run;
  REQUIRE(company.Run(request, &run).ok());
  const auto items = company.ItemsOf(run.run().id());
  REQUIRE(items.size() == 2);
  requests::v1::RequestsEntry entry;
  auto* finished = entry.mutable_disposal_tasks_finished();
  finished->set_run_id(run.run().id());
  auto* done = finished->add_results();
  done->set_item_id(items[0].id());
  done->set_done(true);
  done->mutable_executed()->set_count(3);
  done->mutable_executed()->set_verification("re-queried: 0");
  auto* failed = finished->add_results();
  failed->set_item_id(items[1].id());
  failed->set_failure("timeout");
  REQUIRE(company.TellRequests({entry}).ok());
  REQUIRE(company.TellRequests({entry}).ok());  // told twice under new indexes
  v1::GetDisposalRunRequest get;
  get.set_run_id(run.run().id());
  v1::GetDisposalRunResponse got;
  REQUIRE(company.gateway->GetDisposalRun(Patient().get(), get, &got).ok());
  CHECK(got.run().items_done() == 1);
  CHECK(got.run().items_failed() == 1);
  CHECK(got.run().has_finished_at());
  v1::ListCertificatesRequest list;
  list.set_run_id(run.run().id());
  v1::ListCertificatesResponse listed;
  REQUIRE(company.gateway->ListCertificates(Patient().get(), list, &listed).ok());
  REQUIRE(listed.certificates_size() == 1);
  CHECK(listed.certificates(0).executed_size() == 3);
  const v1::PlanDisposalResponse plan = company.Plan();
  REQUIRE(plan.items_size() == 1);
  CHECK(plan.items(0).subject_id() == items[1].subject_id());
}

TEST_CASE("a restored backup is told what it has missed, page by page") {
  CustomerContact contact;
  KeptCompany& company = contact.company;
  v1::RegisterBackupRequest request;
  request.set_request_id(FreshId());
  request.mutable_backup()->set_id("nightly-2026-11-25");
  request.mutable_backup()->set_target("crm");
  *request.mutable_backup()->mutable_taken_at() = Stamp("2026-11-25T02:00:00Z");
  request.mutable_backup()->set_expires_on("2026-12-30");
  v1::RegisterBackupResponse registered;
  REQUIRE(company.gateway->RegisterBackup(Patient().get(), request, &registered).ok());
  REQUIRE(company.TellRequests({Executed(contact.subject, contact.Grant())}).ok());
  requests::v1::RequestsEntry restricted;
  restricted.mutable_restriction_changed()->set_subject_id(contact.subject);
  restricted.mutable_restriction_changed()->set_case_id("case-2");
  restricted.mutable_restriction_changed()->set_ground("claims");
  *restricted.mutable_restriction_changed()->mutable_from() = Stamp("2026-11-25T10:00:00Z");
  requests::v1::RequestsEntry before = restricted;
  *before.mutable_restriction_changed()->mutable_from() = Stamp("2026-11-01T10:00:00Z");
  before.mutable_restriction_changed()->set_case_id("case-0");
  REQUIRE(company.TellRequests({restricted, before}).ok());
  v1::ReplayErasuresRequest replay;
  replay.set_backup_id("nightly-2026-11-25");
  replay.set_page_size(1);
  std::vector<std::string> kinds;
  do {
    v1::ReplayErasuresResponse page;
    REQUIRE(company.gateway->ReplayErasures(Patient().get(), replay, &page).ok());
    for (const v1::ReplayItem& one : page.items()) kinds.push_back(one.kind());
    replay.set_page_token(page.next_page_token());
  } while (!replay.page_token().empty());
  CHECK(kinds == std::vector<std::string>{"restriction", "erasure"});
  replay.set_backup_id("unknown");
  v1::ReplayErasuresResponse page;
  CHECK(company.gateway->ReplayErasures(Patient().get(), replay, &page).error_code() ==
        grpc::StatusCode::NOT_FOUND);
}

}  // namespace varsam::retention
