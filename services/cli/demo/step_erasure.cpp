#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/cli/demo/cases.h"
#include "services/cli/demo/mailbox.h"
#include "services/cli/demo/steps.h"

namespace varsam::cli {
namespace {

constexpr char kBookkeepingLaw[] = "Bokföringslagen (1999:1078) 7 kap. 2 §";  // BFL 7:2
constexpr char kInvoiceKeptUntil[] = "2032-12-31";
constexpr absl::Duration kErasureWait = absl::Seconds(180);
constexpr const char* kStaff[] = {"anna.ekdahl@lexium.se", "johan.brandt@lexium.se",
                                  "eva.holm@lexium.se"};

absl::StatusOr<size_t> LettersWith(Stage& stage, const std::string& address) {
  size_t count = 0;
  for (const char* mailbox : kStaff) {
    for (const char* folder : {"INBOX", "Sent"}) {
      ASSIGN_OR_RETURN(const std::vector<std::string> uids,
                       FindLetters(stage, mailbox, folder, address));
      count += uids.size();
    }
  }
  return count;
}

// Asks the CRM itself, not Varsam, how many rows still name the person.
absl::StatusOr<std::string> RowsInCrm(Stage& stage, const std::string& address) {
  ASSIGN_OR_RETURN(const std::string database, stage.Setting("VARSAM_SAMPLE_CRM_DATABASE"));
  const std::string sql = absl::StrCat(
      // tidy: allow(sql) a sample system's table, asked beside Varsam
      "SELECT count(*) FROM affar.kontaktperson WHERE lower(btrim(epost)) = '", address, "'");
  return RunSql(database, sql);
}

absl::StatusOr<std::string> InvoicesNaming(Stage& stage) {
  ASSIGN_OR_RETURN(const std::string database, stage.Setting("VARSAM_SAMPLE_PAYROLL_DATABASE"));
  return RunSql(database,
                "SELECT count(*) FROM bokforing.faktura WHERE ar = 2025 AND er_referens LIKE "
                "'Karl%berg'");
}

absl::Status CheckCertificate(Stage& stage, const Json& certificate) {
  bool erased_crm = false, erased_mail = false;
  for (const Json& item : certificate.value("executed", Json::array())) {
    erased_crm |= TextAt(item, "/system") == "crm";
    erased_mail |= TextAt(item, "/system") == "email";
  }
  RETURN_IF_ERROR(Expect(erased_crm && erased_mail, "crm and email erased in the certificate",
                         certificate.dump()));
  bool invoice = false;
  for (const Json& item : certificate.value("residue", Json::array())) {
    invoice |= TextAt(item, "/system") == "payroll" &&
               TextAt(item, "/retainUntil") == kInvoiceKeptUntil &&
               absl::StrContains(TextAt(item, "/reference"), kBookkeepingLaw);
  }
  RETURN_IF_ERROR(Expect(invoice, "the invoice kept until 2032-12-31 under BFL 7:2",
                         certificate.value("residue", Json::array()).dump()));
  RETURN_IF_ERROR(Expect(!TextAt(certificate, "/backupClearBy").empty(), "a backup horizon"));
  RETURN_IF_ERROR(stage.Write("certificate.json", TextAt(certificate, "/receipt")));
  ASSIGN_OR_RETURN(const Ran ran, RunProgram({ProgramBeside("varsam-verify"),
                                              stage.PathOf("certificate.json")}));
  RETURN_IF_ERROR(Expect(ran.code == 0, "varsam-verify to accept the certificate", ran.output));
  stage.Note(absl::StrCat("certificate ", stage.PathOf("certificate.json"),
                          ": invoice kept until 2032-12-31 (BFL 7:2), last backup gone after ",
                          TextAt(certificate, "/backupClearBy")));
  return absl::OkStatus();
}

absl::StatusOr<std::string> HeAsks(Stage& stage, const std::string& address) {
  const size_t already = LettersSoFar(stage, address);
  const Json body = {
      {"right", "RIGHT_ERASURE"},
      {"identifiers", {{{"type", "IDENTIFIER_TYPE_EMAIL"}, {"value", address}}}},
      {"message", "Ta bort allt ni har om mig, tack."},
      {"language", "LANGUAGE_SV"}};
  ASSIGN_OR_RETURN(const Json opened, stage.Call(kNobody, "POST", "/v1/requests", body));
  const std::string id = TextAt(opened, "/caseId");
  RETURN_IF_ERROR(Expect(!id.empty(), "a case id", opened.dump()));
  ASSIGN_OR_RETURN(const Json one, GetCase(stage, id));
  if (TextAt(one, "/state") == "CASE_STATE_TRIAGE" ||
      TextAt(one, "/state") == "CASE_STATE_RECEIVED") {
    RETURN_IF_ERROR(stage.Call(kCaseOfficer, "POST",
                               absl::StrCat("/v1/requests/", id, ":classify"),
                               {{"rights", {"RIGHT_ERASURE"}}})
                        .status());
  }
  RETURN_IF_ERROR(ConfirmByLink(stage, id, address, already));
  return id;
}

absl::StatusOr<Json> Execute(Stage& stage, const std::string& id) {
  RETURN_IF_ERROR(stage.Until("every system to be searched", kErasureWait,
                              [&]() -> absl::StatusOr<bool> {
                                RETURN_IF_ERROR(FinishManualTasks(stage, id).status());
                                ASSIGN_OR_RETURN(const Json one, GetCase(stage, id));
                                return TextAt(one, "/state") == "CASE_STATE_REVIEW";
                              }));
  RETURN_IF_ERROR(stage.Call(kCaseOfficer, "POST", absl::StrCat("/v1/requests/", id, ":approve"),
                             Json::object())
                      .status());
  std::string certificate_id, last;
  const absl::Status done =
      stage.Until("the erasure to be done", kErasureWait, [&]() -> absl::StatusOr<bool> {
        RETURN_IF_ERROR(FinishManualTasks(stage, id).status());
        ASSIGN_OR_RETURN(const Json one, GetCase(stage, id));
        certificate_id = TextAt(one, "/certificateId");
        last = absl::StrCat(TextAt(one, "/state"), " ", TextAt(one, "/coverage"));
        return !certificate_id.empty();
      });
  if (!done.ok()) return Expect(false, "a certificate of the erasure", last);
  ASSIGN_OR_RETURN(const Json answer, stage.Call(kCaseOfficer, "GET",
                                                 "/v1/certificates/" + certificate_id));
  return answer["certificate"];
}

}  // namespace

absl::Status ContactAsksForErasure(Stage& stage) {
  const std::string address = TextAt(stage.manifest(), "/people/customer_contact/email");
  ASSIGN_OR_RETURN(const size_t letters, LettersWith(stage, address));
  ASSIGN_OR_RETURN(const std::string rows, RowsInCrm(stage, address));
  RETURN_IF_ERROR(Expect(letters > 0 && rows != "0", "mail and CRM rows of the person before",
                         absl::StrCat(letters, " letters, ", rows, " rows")));
  ASSIGN_OR_RETURN(const std::string id, HeAsks(stage, address));
  ASSIGN_OR_RETURN(const Json certificate, Execute(stage, id));
  ASSIGN_OR_RETURN(const size_t letters_left, LettersWith(stage, address));
  ASSIGN_OR_RETURN(const std::string rows_left, RowsInCrm(stage, address));
  ASSIGN_OR_RETURN(const std::string invoices, InvoicesNaming(stage));
  RETURN_IF_ERROR(Expect(letters_left == 0, "no letter left",
                         absl::StrCat(letters_left, " letters")));
  RETURN_IF_ERROR(Expect(rows_left == "0", "no CRM row left", rows_left));
  RETURN_IF_ERROR(Expect(invoices == "2", "the two invoices of 2025 untouched", invoices));
  stage.Note(absl::StrCat(letters, " letters and ", rows,
                          " CRM row gone; 2 invoices of 2025 stay"));
  return CheckCertificate(stage, certificate);
}

}  // namespace varsam::cli
