#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/cli/demo/cases.h"
#include "services/cli/demo/mailbox.h"
#include "services/cli/demo/steps.h"

namespace varsam::cli {
namespace {

constexpr char kQuestion[] = "Hej, vilka uppgifter har ni om mig?\n\nAstrid Lindqvist";
constexpr char kIntake[] = "affarssupport@lexium.se";
constexpr absl::Duration kIntakeWait = absl::Seconds(60);
constexpr absl::Duration kSearchWait = absl::Seconds(120);

// The case her mail opened: the one that was not there before.
absl::StatusOr<Json> NewCase(Stage& stage, const std::string& known) {
  Json opened;
  RETURN_IF_ERROR(stage.Until(
      "her mail to open a case", kIntakeWait, [&]() -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const Json list,
                         stage.Call(kCaseOfficer, "GET", "/v1/requests?page_size=200"));
        for (const Json& one : list.value("cases", Json::array())) {
          const bool mail = TextAt(one, "/channel") == "mail";
          if (!mail || absl::StrContains(known, TextAt(one, "/id"))) continue;
          opened = one;
        }
        return !opened.is_null();
      }));
  return opened;
}

absl::StatusOr<std::string> KnownCases(Stage& stage) {
  ASSIGN_OR_RETURN(const Json list,
                   stage.Call(kCaseOfficer, "GET", "/v1/requests?page_size=200"));
  std::string known;
  for (const Json& one : list.value("cases", Json::array())) {
    absl::StrAppend(&known, TextAt(one, "/id"), " ");
  }
  return known;
}

absl::StatusOr<std::string> SheWrites(Stage& stage) {
  ASSIGN_OR_RETURN(const std::string known, KnownCases(stage));
  const std::string address = TextAt(stage.manifest(), "/people/candidate/email");
  RETURN_IF_ERROR(DeliverLetter(stage, kIntake,
                                {.from = "Astrid Lindqvist <" + address + ">",
                                 .to = kIntake,
                                 .subject = "En fraga",
                                 .text = kQuestion}));
  ASSIGN_OR_RETURN(const Json opened, NewCase(stage, known));
  const std::string suggested = TextAt(opened, "/suggestedRight");
  RETURN_IF_ERROR(Expect(suggested == "RIGHT_ACCESS", "access to be suggested", suggested));
  ASSIGN_OR_RETURN(const Json full, GetCase(stage, TextAt(opened, "/id")));
  RETURN_IF_ERROR(Expect(!TextAt(full, "/clock/dueDate").empty() &&
                             full["clock"].value("steps", Json::array()).size() >= 2,
                         "a due date with its steps", full.dump()));
  stage.Note(absl::StrCat("case ", TextAt(full, "/id"), ": received ",
                          TextAt(full, "/clock/receiptDate"), ", due ",
                          TextAt(full, "/clock/dueDate"), " (",
                          full["clock"]["steps"].size(), " steps explain it)"));
  return TextAt(full, "/id");
}

// While one system has not answered, the case says so and cannot be closed. Connectors may all have
// answered before anybody can look.
absl::Status IncompleteUntilAllAnswer(Stage& stage, const std::string& id) {
  bool seen = false;
  RETURN_IF_ERROR(stage.Until(
      "COVERAGE_INCOMPLETE while the systems answer", kSearchWait,
      [&]() -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const Json one, GetCase(stage, id));
        seen = absl::StrContains(TextAt(one, "/codes"), "COVERAGE_INCOMPLETE");
        return seen || TextAt(one, "/state") == "CASE_STATE_REVIEW";
      }));
  ASSIGN_OR_RETURN(const ApiResponse close,
                   stage.Try(kCaseOfficer, "POST", absl::StrCat("/v1/requests/", id, ":close"),
                             Json::object()));
  RETURN_IF_ERROR(Expect(!close.ok(), "closing to be refused before an answer is given"));
  ASSIGN_OR_RETURN(const int by_hand, FinishManualTasks(stage, id));
  RETURN_IF_ERROR(AwaitState(stage, id, "CASE_STATE_REVIEW", kSearchWait));
  ASSIGN_OR_RETURN(const Json tasks,
                   stage.Call(kCaseOfficer, "GET", absl::StrCat("/v1/requests/", id, "/tasks")));
  for (const std::string system : {"crm", "recruiting", "email"}) {
    bool exported = false;
    for (const Json& task : tasks.value("tasks", Json::array())) {
      exported |= TextAt(task, "/system") == system && TextAt(task, "/outcome") == "DONE";
    }
    RETURN_IF_ERROR(Expect(exported, "an export from " + system, tasks.dump()));
  }
  stage.Note(absl::StrCat(seen ? "COVERAGE_INCOMPLETE until all systems had answered ("
                               : "all systems answered at once (",
                          by_hand, " by hand); connectors exported from crm, recruiting, email"));
  return absl::OkStatus();
}

absl::StatusOr<Json> Download(Stage& stage, const std::string& id, const std::string& address,
                              size_t already) {
  std::string token;
  RETURN_IF_ERROR(stage.Until(
      "a letter that the answer is ready", kIntakeWait, [&]() -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const std::vector<SentLetter> letters, LettersSentTo(stage, address));
        for (size_t i = already; i < letters.size(); ++i) {
          if (const auto found = TokenIn(letters[i].text)) token = *found;
        }
        return !token.empty();
      }));
  ASSIGN_OR_RETURN(const ApiResponse session,
                   stage.person().Call("POST", "/v1/caseLinks:exchange", {{"token", token}}));
  RETURN_IF_ERROR(Expect(session.ok(), "the case link to sign her in", session.body));
  stage.person().set_cookie(stage.person().last_cookie());
  ASSIGN_OR_RETURN(const ApiResponse package,
                   stage.person().Call("GET", absl::StrCat("/v1/requests/", id,
                                                           "/package?format=PACKAGE_FORMAT_JSON")));
  RETURN_IF_ERROR(Expect(package.ok(), "the package", package.body));
  ASSIGN_OR_RETURN(const ApiResponse html,
                   stage.person().Call("GET", absl::StrCat("/v1/requests/", id,
                                                           "/package?format=PACKAGE_FORMAT_HTML")));
  stage.person().set_cookie("");
  RETURN_IF_ERROR(Expect(html.ok(), "the package as HTML", html.body));
  std::string page, text;
  absl::Base64Unescape(TextAt(html.json, "/content"), &page);
  absl::Base64Unescape(TextAt(package.json, "/content"), &text);
  RETURN_IF_ERROR(stage.Write("package.html", page));
  RETURN_IF_ERROR(stage.Write("package.json", text));
  RETURN_IF_ERROR(Expect(absl::StrContains(page, "<html"), "HTML in the package"));
  const Json content = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  RETURN_IF_ERROR(Expect(content.is_object(), "JSON in the package"));
  return content;
}

}  // namespace

absl::Status CandidateAsksWhatWeHold(Stage& stage) {
  const std::string address = TextAt(stage.manifest(), "/people/candidate/email");
  ASSIGN_OR_RETURN(const std::string id, SheWrites(stage));
  const size_t already = LettersSoFar(stage, address);
  RETURN_IF_ERROR(stage.Call(kCaseOfficer, "POST", absl::StrCat("/v1/requests/", id, ":classify"),
                             {{"rights", {"RIGHT_ACCESS"}}})
                      .status());
  RETURN_IF_ERROR(ConfirmByLink(stage, id, address, already));
  RETURN_IF_ERROR(IncompleteUntilAllAnswer(stage, id));
  const size_t before_answer = LettersSoFar(stage, address);
  RETURN_IF_ERROR(stage.Call(kCaseOfficer, "POST", absl::StrCat("/v1/requests/", id, ":approve"),
                             Json::object())
                      .status());
  RETURN_IF_ERROR(AwaitState(stage, id, "CASE_STATE_RESPONDED", kSearchWait));
  ASSIGN_OR_RETURN(const Json content, Download(stage, id, address, before_answer));
  const std::string text = content.dump();
  for (const std::string words : {"crm", "recruiting", "email"}) {
    RETURN_IF_ERROR(Expect(absl::StrContains(text, words), words + " in the package"));
  }
  stage.Note("package " + stage.PathOf("package.html") + " and package.json downloaded");
  return absl::OkStatus();
}

}  // namespace varsam::cli
