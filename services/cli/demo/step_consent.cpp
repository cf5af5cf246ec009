#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "services/cli/config.h"
#include "services/cli/demo/steps.h"

namespace varsam::cli {
namespace {

constexpr char kNoticeText[] =
    "Vi sparar din ansökan i vår kandidatbank i 24 månader, så att vi kan höra av oss om en tjänst "
    "passar dig. Du bestämmer själv, din ansökan påverkas inte, och du kan när som helst ta "
    "tillbaka ditt samtycke.";
constexpr absl::Duration kDecisionWait = absl::Seconds(30);

std::string Instant(absl::Time at) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", at, absl::UTCTimeZone());
}

std::string Today() {
  absl::TimeZone zone;
  absl::LoadTimeZone("Europe/Stockholm", &zone);
  return absl::FormatTime("%Y-%m-%d", SystemClock().Now(), zone);
}

Json Query(const std::string& subject, const std::string& purpose) {
  return {{"query",
           {{"subjectId", subject},
            {"purpose", purpose},
            {"dataCategories", {"name", "email", "cv"}}}}};
}

// What the decision function says, once it has caught up with the feeds it needs.
absl::Status ExpectDecision(Stage& stage, const std::string& purpose, const std::string& reason,
                            const std::string& revision) {
  Json ask = Query(stage.kept["candidate"], purpose);
  if (!revision.empty()) ask["atLeastRevision"] = revision;
  std::string last;
  const absl::Status seen = stage.Until(
      purpose + " to be decided " + reason,
      revision.empty() ? kDecisionWait : absl::Seconds(1), [&]() -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const ApiResponse answer,
                         stage.Try(kSystem, "POST", "/v1/decisions:decide", ask));
        last = answer.ok() ? TextAt(answer.json, "/decision/reason")
                           : TextAt(answer.json, "/code");
        return last == reason;
      });
  if (!seen.ok()) return Expect(false, purpose + " to be decided " + reason, last);
  stage.Note(absl::StrCat(purpose, ": ", reason));
  return absl::OkStatus();
}

absl::Status RegisterCandidate(Stage& stage) {
  const Json& who = stage.manifest()["people"]["candidate"];
  const Json person = {
      {"identifiers", {{{"type", "IDENTIFIER_TYPE_EMAIL"}, {"value", who["email"]}}}},
      {"categories", {"applicant"}},
      {"displayName", absl::StrCat(TextAt(who, "/first_name"), " ", TextAt(who, "/last_name"))},
      {"language", "LANGUAGE_SV"},
      {"capacity", "CAPACITY_NATURAL_PERSON"},
      {"source", {{"source", "data_subject"}, {"collectedAt", Instant(SystemClock().Now())},
                  {"noticeAt", Instant(SystemClock().Now())}}},
      {"relationships",
       {{{"kind", "RELATIONSHIP_KIND_APPLICATION"}, {"purposes", {"recruitment"}},
         {"from", Today()}}}}};
  ASSIGN_OR_RETURN(const Json answer, stage.Call(kSystem, "POST", "/v1/subjects", person));
  stage.kept["candidate"] = TextAt(answer, "/subjectId");
  return Expect(!stage.kept["candidate"].empty(), "a subject id");
}

// The text beside the box; the one in force, or published now.
absl::StatusOr<Json> TalentPoolNotice(Stage& stage) {
  ASSIGN_OR_RETURN(const Json list,
                   stage.Call(kNobody, "GET", "/v1/notices?purpose=talent_pool"));
  const Json notices = list.value("notices", Json::array());
  if (!notices.empty()) return notices.back();
  const Json notice = {{"id", "talent-pool"}, {"language", "sv"}, {"text", kNoticeText},
                       {"purposes", {"talent_pool"}}};
  ASSIGN_OR_RETURN(const Json published,
                   stage.Call(kOfficer, "POST", "/v1/notices", {{"notice", notice}}));
  return published["notice"];
}

absl::StatusOr<Json> Choose(Stage& stage, const std::string& choice, const Json& notice) {
  const Json body = {{"subjectId", stage.kept["candidate"]},
                     {"purpose", "talent_pool"},
                     {"choice", choice},
                     {"actor", "ACTOR_SUBJECT"},
                     {"mechanism", "unticked_box"},
                     {"channel", "web"},
                     {"verified", true},
                     {"evidenceReference", "career-page build 118"},
                     {"notice",
                      {{"noticeId", notice["id"]}, {"version", notice["version"]},
                       {"language", notice["language"]}, {"textSha256", notice["textSha256"]}}}};
  Json answer;
  // A notice that was published a moment ago reaches consent by its feed.
  RETURN_IF_ERROR(stage.Until(
      "the choice to be recorded", kDecisionWait, [&]() -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const ApiResponse response,
                         stage.Try(kSystem, "POST", "/v1/consents", body));
        const std::string code = TextAt(response.json, "/code");
        const bool feed_behind = code == "NOTICE_UNKNOWN" || code == "UNKNOWN_NOTICE" ||
                                 code == "UNKNOWN_SUBJECT" || code == "SUBJECT_UNKNOWN" ||
                                 response.status == 503;
        if (!response.ok() && feed_behind) return false;
        RETURN_IF_ERROR(Expect(response.ok(), "the choice to be recorded", response.body));
        answer = response.json;
        return true;
      }));
  return answer;
}

// The receipt proves itself without any server; one changed byte and it does not.
absl::Status CheckReceipt(Stage& stage, std::string receipt) {
  RETURN_IF_ERROR(Expect(!receipt.empty(), "a receipt"));
  RETURN_IF_ERROR(stage.Write("receipt.json", receipt));
  const std::string verify = ProgramBeside("varsam-verify");
  ASSIGN_OR_RETURN(const Ran genuine, RunProgram({verify, stage.PathOf("receipt.json")}));
  RETURN_IF_ERROR(Expect(genuine.code == 0, "varsam-verify to accept the receipt",
                         genuine.output));
  const size_t middle = receipt.find("payload");
  RETURN_IF_ERROR(Expect(middle != std::string::npos, "a payload in the receipt"));
  char& changed = receipt[middle + 14];
  changed = changed == 'A' ? 'B' : 'A';
  RETURN_IF_ERROR(stage.Write("receipt-changed.json", receipt));
  ASSIGN_OR_RETURN(const Ran forged, RunProgram({verify, stage.PathOf("receipt-changed.json")}));
  RETURN_IF_ERROR(Expect(forged.code == 1, "varsam-verify to refuse one changed byte",
                         absl::StrCat("exit code ", forged.code, ": ", forged.output)));
  stage.Note(absl::StrCat("signed receipt ", stage.PathOf("receipt.json"),
                          ": genuine; with one changed byte: not genuine"));
  return absl::OkStatus();
}

}  // namespace

absl::Status CandidateApplies(Stage& stage) {
  RETURN_IF_ERROR(RegisterCandidate(stage));
  RETURN_IF_ERROR(ExpectDecision(stage, "recruitment", "ALLOW_CONTRACT", ""));
  RETURN_IF_ERROR(ExpectDecision(stage, "talent_pool", "NO_CONSENT", ""));
  ASSIGN_OR_RETURN(const Json notice, TalentPoolNotice(stage));
  ASSIGN_OR_RETURN(const Json answer, Choose(stage, "CHOICE_GIVEN", notice));
  stage.kept["consent"] = TextAt(answer, "/event/id");
  RETURN_IF_ERROR(
      ExpectDecision(stage, "talent_pool", "ALLOW_CONSENT", TextAt(answer, "/revision")));
  return CheckReceipt(stage, TextAt(answer, "/receipt"));
}

absl::Status CandidateWithdraws(Stage& stage) {
  ASSIGN_OR_RETURN(const Json notice, TalentPoolNotice(stage));
  ASSIGN_OR_RETURN(const Json answer, Choose(stage, "CHOICE_WITHDRAWN", notice));
  RETURN_IF_ERROR(
      ExpectDecision(stage, "talent_pool", "CONSENT_WITHDRAWN", TextAt(answer, "/revision")));
  return ExpectDecision(stage, "recruitment", "ALLOW_CONTRACT", "");
}

}  // namespace varsam::cli
