#include "services/cli/demo/cases.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/cli/demo/mailbox.h"

namespace varsam::cli {

constexpr absl::Duration kLetterWait = absl::Seconds(60);

absl::StatusOr<Json> GetCase(Stage& stage, const std::string& case_id) {
  ASSIGN_OR_RETURN(const Json answer,
                   stage.Call(kCaseOfficer, "GET", absl::StrCat("/v1/requests/", case_id)));
  return answer["case"];
}

absl::Status AwaitState(Stage& stage, const std::string& case_id, const std::string& state,
                        absl::Duration most) {
  std::string last;
  const absl::Status seen = stage.Until("", most, [&]() -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const Json one, GetCase(stage, case_id));
    last = absl::StrCat(TextAt(one, "/state"), " ", TextAt(one, "/coverage"), " ",
                        TextAt(one, "/codes"));
    return TextAt(one, "/state") == state;
  });
  return seen.ok() ? seen : Expect(false, "the case to reach " + state, last);
}

size_t LettersSoFar(Stage& stage, const std::string& address) {
  const auto letters = LettersSentTo(stage, address);
  return letters.ok() ? letters->size() : 0;
}

absl::Status ConfirmByLink(Stage& stage, const std::string& case_id, const std::string& address,
                           size_t already) {
  std::string token;
  RETURN_IF_ERROR(stage.Until(
      "a letter with a confirm link to the address on file", kLetterWait,
      [&]() -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const std::vector<SentLetter> letters, LettersSentTo(stage, address));
        for (size_t i = already; i < letters.size(); ++i) {
          if (const auto found = TokenIn(letters[i].text)) token = *found;
        }
        return !token.empty();
      }));
  ASSIGN_OR_RETURN(const Json before, GetCase(stage, case_id));
  RETURN_IF_ERROR(Expect(TextAt(before, "/identityLevel") != "IDENTITY_LEVEL_CONTACT",
                         "no proven identity before the link is used"));
  RETURN_IF_ERROR(stage.Call(kNobody, "POST", absl::StrCat("/v1/requests/", case_id, ":verify"),
                             {{"token", token}})
                      .status());
  stage.Note("confirm link sent to the address on file, and used");
  return absl::OkStatus();
}

absl::StatusOr<int> FinishManualTasks(Stage& stage, const std::string& case_id) {
  ASSIGN_OR_RETURN(const Json answer,
                   stage.Call(kCaseOfficer, "GET",
                              absl::StrCat("/v1/requests/", case_id, "/tasks")));
  int count = 0;
  for (const Json& task : answer.value("tasks", Json::array())) {
    if (!task.value("manual", false) || TextAt(task, "/state") != "TASK_STATE_OPEN") continue;
    // Recipients and public pages are told about and taken down; a system has nothing.
    const std::string action = TextAt(task, "/action");
    const bool told = action == "TASK_ACTION_NOTIFY_RECIPIENT" || action == "TASK_ACTION_TAKE_DOWN";
    const Json body = {{"outcome", told ? "DONE" : "NO_DATA"},
                       {"evidence", "searched by hand in the demonstration"}};
    RETURN_IF_ERROR(stage.Call(kCaseOfficer, "POST",
                               absl::StrCat("/v1/tasks/", TextAt(task, "/id"), ":finish"), body)
                        .status());
    ++count;
  }
  return count;
}

}  // namespace varsam::cli
