#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "services/cli/config.h"
#include "services/cli/demo/steps.h"

namespace varsam::cli {
namespace {

constexpr int kGaps = 14;

absl::Status CheckCounts(const Json& counts) {
  for (const auto& [name, want] : std::vector<std::pair<std::string, int>>{
           {"subjectCategories", 12}, {"purposes", 28}, {"systems", 8}, {"retentionRules", 38}}) {
    const std::string got = TextAt(counts, "/" + name);
    RETURN_IF_ERROR(Expect(got == std::to_string(want), absl::StrCat(want, " ", name), got));
  }
  return absl::OkStatus();
}

absl::Status CheckGaps(const Json& findings) {
  std::set<std::string> found;
  for (const Json& finding : findings) found.insert(TextAt(finding, "/code"));
  for (int gap = 1; gap <= kGaps; ++gap) {
    const std::string name = absl::StrCat("G", gap);
    RETURN_IF_ERROR(Expect(found.contains(name), "a finding for gap " + name));
  }
  return absl::OkStatus();
}

// A diff shows what applying would change, and applies nothing.
absl::Status ShowDiff(Stage& stage, const std::string& yaml) {
  const std::string changed =
      absl::StrReplaceAll(yaml, {{"    sv: Kandidatbank för framtida tjänster\n    basis: consent\n"
                                  "    valid: P24M\n",
                                  "    sv: Kandidatbank för framtida tjänster\n    basis: consent\n"
                                  "    valid: P12M\n"}});
  RETURN_IF_ERROR(Expect(changed != yaml, "a talent pool of P24M in the policy"));
  ASSIGN_OR_RETURN(const Json diff,
                   stage.Call(kOfficer, "POST", "/v1/policies:diff", {{"yaml", changed}}));
  const Json& changes = diff.value("changes", Json::array());
  RETURN_IF_ERROR(Expect(changes.size() == 1, "one change in the diff", changes.dump()));
  ASSIGN_OR_RETURN(const Json again,
                   stage.Call(kOfficer, "POST", "/v1/policies:diff", {{"yaml", yaml}}));
  RETURN_IF_ERROR(Expect(again.value("changes", Json::array()).empty(),
                         "the diff to have changed nothing", again["changes"].dump()));
  stage.Note(absl::StrCat("a diff shows ", TextAt(changes[0], "/path"), ": ",
                          TextAt(changes[0], "/before"), " → ", TextAt(changes[0], "/after"),
                          ", and nothing is applied"));
  return absl::OkStatus();
}

// What rests on a balancing test is denied as long as nobody has approved the test.
absl::Status DeniedWithoutApprovals(Stage& stage) {
  ASSIGN_OR_RETURN(const Json list, stage.Call(kOfficer, "GET", "/v1/assessments"));
  if (!list.value("assessments", Json::array()).empty()) return absl::OkStatus();
  const Json who = {{"identifiers",
                     {{{"type", "IDENTIFIER_TYPE_EMAIL"},
                       {"value", "sara.holm@nordvik-bygg.example"}}}},
                    {"categories", {"customer_contact"}},
                    {"displayName", "Sara Holm"},
                    {"capacity", "CAPACITY_LEGAL_PERSON_REPRESENTATIVE"},
                    {"source", {{"source", "data_subject"},
                                {"collectedAt", "2026-01-15T09:00:00Z"}}}};
  ASSIGN_OR_RETURN(const Json person, stage.Call(kSystem, "POST", "/v1/subjects", who));
  const Json query = {{"query",
                       {{"subjectId", TextAt(person, "/subjectId")},
                        {"purpose", "daily_communication"},
                        {"dataCategories", {"name", "email"}}}}};
  std::string last;
  const absl::Status seen = stage.Until("", absl::Seconds(20), [&]() -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const ApiResponse answer,
                     stage.Try(kSystem, "POST", "/v1/decisions:decide", query));
    last = TextAt(answer.json, "/decision/reason");
    return last == "LIA_MISSING_OR_EXPIRED";
  });
  RETURN_IF_ERROR(Expect(seen.ok(), "daily_communication without its balancing test to be "
                                    "LIA_MISSING_OR_EXPIRED", last));
  stage.Note("daily_communication: LIA_MISSING_OR_EXPIRED until it is approved");
  return absl::OkStatus();
}

absl::Status Approve(Stage& stage, const std::string& kind, const Json& list, int& count) {
  const absl::Time now = SystemClock().Now();
  const std::string at = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now - absl::Hours(24),
                                          absl::UTCTimeZone());
  const std::string review =
      absl::FormatTime("%Y-%m-%d", now + 364 * absl::Hours(24), absl::UTCTimeZone());
  for (const Json& one : list) {
    Json assessment = {{"kind", kind}, {"id", one["id"]}, {"approvedAt", at},
                       {"approver", "dataskyddsansvarig"},
                       {"summary", "Godkänd i demonstrationen"}};
    if (kind == "ASSESSMENT_KIND_LEGITIMATE_INTEREST") assessment["reviewBy"] = review;
    RETURN_IF_ERROR(
        stage.Call(kOfficer, "POST", "/v1/assessments", {{"assessment", assessment}}).status());
    ++count;
  }
  return absl::OkStatus();
}

absl::Status RecordApprovals(Stage& stage) {
  ASSIGN_OR_RETURN(const Json policy, stage.Call(kOfficer, "GET", "/v1/policies/current"));
  const Json& model = policy["model"];
  int approved = 0, agreements = 0;
  RETURN_IF_ERROR(Approve(stage, "ASSESSMENT_KIND_LEGITIMATE_INTEREST",
                          model.value("legitimateInterestAssessments", Json::array()), approved));
  RETURN_IF_ERROR(Approve(stage, "ASSESSMENT_KIND_IMPACT",
                          model.value("impactAssessments", Json::array()), approved));
  for (const Json& processor : model.value("processors", Json::array())) {
    const std::string id = TextAt(processor, "/id");
    const Json agreement = {{"processor", id}, {"status", "signed"}, {"signedOn", "2026-01-15"},
                            {"expiresOn", "2028-12-31"}, {"region", "eea"}};
    RETURN_IF_ERROR(stage.Call(kOfficer, "POST",
                               absl::StrCat("/v1/processors/", id, ":recordAgreement"),
                               {{"agreement", agreement}})
                        .status());
    ++agreements;
  }
  stage.Note(absl::StrCat(approved, " assessments approved, ", agreements, " agreements recorded"));
  return Expect(approved >= 13 && agreements == 9, "13 assessments and 9 agreements in the model",
                absl::StrCat(approved, " and ", agreements));
}

}  // namespace

absl::Status PutPolicyIntoForce(Stage& stage) {
  ASSIGN_OR_RETURN(const std::string yaml, ReadWholeFile(stage.policy_file()));
  ASSIGN_OR_RETURN(const Json applied,
                   stage.Call(kOfficer, "POST", "/v1/policies:apply", {{"yaml", yaml}}));
  RETURN_IF_ERROR(CheckCounts(applied.value("counts", Json::object())));
  RETURN_IF_ERROR(CheckGaps(applied.value("findings", Json::array())));
  stage.Note(absl::StrCat("version ", TextAt(applied, "/version"),
                          ": 12 categories, 28 purposes, 8 systems, 38 rules; gaps G1–G14 found"));
  RETURN_IF_ERROR(ShowDiff(stage, yaml));
  RETURN_IF_ERROR(DeniedWithoutApprovals(stage));
  return RecordApprovals(stage);
}

}  // namespace varsam::cli
