// What goes out: depth of documents, other people, drafts, portability.
#include <catch2/catch.hpp>

#include "nlohmann/json.hpp"
#include "services/request_workflow/answer/breach_report.h"
#include "services/request_workflow/answer/letters.h"
#include "services/request_workflow/answer/portable.h"
#include "services/request_workflow/answer/review_scan.h"
#include "services/request_workflow/domain/draft_text.h"

namespace varsam::requests {
namespace {

using nlohmann::json;

calendar::LocalDay Day(const char* text) { return *calendar::ParseDay(text); }

ScanContext Context() { return {{"asa@example.se"}, {"@lexium.se"}, Day("2026-11-25")}; }

std::string Nested(int depth) {
  return std::string(static_cast<size_t>(depth), '[') +
         std::string(static_cast<size_t>(depth), ']');
}

PolicyView Policy() {
  PolicyView policy;
  policy.systems = {
      {"crm", "CRM", {"name", "interest_profile", "opinion"}, {"deliver", "profile"}, ""}};
  policy.purposes = {{"deliver", "Leverera", "contract", false, {"name", "interest_profile"}, {}},
                     {"profile", "Profilera", "legitimate_interest", false, {"opinion"}, {}}};
  policy.inferred = {"interest_profile"};
  return policy;
}

}  // namespace

TEST_CASE("a document of any depth is shown, and none is descended into beyond the bound") {
  CHECK(IsShallowJson(Nested(kDocumentDepthMax)));
  CHECK_FALSE(IsShallowJson(Nested(kDocumentDepthMax + 1)));
  CHECK_FALSE(IsShallowJson("{\"a\":"));
  CHECK(IsShallowJson(R"({"a":"[[[[[[[[[[[[[[[[[["})"));
  PackageContent content;
  content.exports = {{"crm", "DONE", Nested(2'000'000)}, {"hr", "DONE", Nested(kDocumentDepthMax)}};
  const std::string html = PackageHtml(content, Policy());
  CHECK(html.find("<pre>[[[[") != std::string::npos);
  const json whole = json::parse(PackageJson(content, Policy()));
  CHECK(whole["data"][0]["data"].is_string());
  CHECK(whole["data"][1]["data"].is_array());
  CHECK(ScanExport("crm", Nested(2'000'000), Context(), 1).at(0).path.empty());
}

TEST_CASE("other people in what was exported wait for a person; the own and the staff's do not") {
  const std::string document = R"({"mail":[
      {"from":"Asa@Example.se","to":"support@lexium.se","text":"hej"},
      {"from":"asa@example.se","text":"fråga kalle.svensson@annan.example, tack."}]})";
  const auto items = ScanExport("email", document, Context(), 7);
  REQUIRE(items.size() == 1);
  CHECK(items[0].id == "7");
  CHECK(items[0].path == "/mail/1/text");
  CHECK(items[0].decision == "pending");
  auto redacted = items;
  redacted[0].decision = "redact";
  const json after = json::parse(Decided("email", document, redacted));
  CHECK(after["mail"][1]["text"] == "[REDACTED_THIRD_PARTY]");
  CHECK(after["mail"][0]["text"] == "hej");
  redacted[0].decision = "release";
  CHECK(Decided("email", document, redacted) == document);
  redacted[0].decision = "redact";
  CHECK(Decided("crm", document, redacted) == document);  // of another system
}

TEST_CASE("P27 unfinished text of three weeks stays, of fourteen months goes out") {
  const std::string minutes = R"({"meeting_minutes":[
      {"draft":true,"drafting_since":"2026-11-04","text":"tre veckor"},
      {"draft":true,"drafting_since":"2025-09-20","text":"fjorton manader"},
      {"draft":true,"drafting_since":"2026-11-04","disclosed":true,"text":"utlamnad"},
      {"draft":true,"text":"okand tid"}]})";
  const auto items = ScanExport("crm", minutes, Context(), 1);
  REQUIRE(items.size() == 2);
  CHECK(items[0].path == "/meeting_minutes/0");
  CHECK(items[0].decision == "withhold");
  CHECK(items[0].code == "DRAFT_TEXT");
  CHECK(items[1].path == "/meeting_minutes/3");
  CHECK(items[1].decision == "pending");
  const json after = json::parse(Decided("crm", minutes, items));
  CHECK(after["meeting_minutes"][0] == "[DRAFT_TEXT]");
  CHECK(after["meeting_minutes"][1]["text"] == "fjorton manader");
  CHECK(IsExemptDraft(Day("2025-11-25"), false, Day("2026-11-25")));
  CHECK_FALSE(IsExemptDraft(Day("2025-11-24"), false, Day("2026-11-25")));
}

TEST_CASE(
    "what is portable was provided or observed under consent or contract, in CSV with a schema") {
  CHECK(PortableCategories(Policy(), "crm") == std::set<std::string>{"name"});
  const std::string document = R"json({"name":[{"namn":"=HYPERLINK(1)","ort":"Gävle, norr"}],
      "interest_profile":["golf"],"opinion":["x"]})json";
  const std::string part = PortablePart(document, PortableCategories(Policy(), "crm"));
  CHECK(json::parse(part).size() == 1);
  PackageContent content;
  content.portability = true;
  content.exports = {{"crm", "DONE", part}};
  const auto files = PortableFiles(content, Policy());
  REQUIRE(files.size() == 2);
  CHECK(files[0].name == "data/crm-name.csv");
  CHECK(files[0].bytes == "namn,ort\r\n'=HYPERLINK(1),\"Gävle, norr\"\r\n");
  const json schema = json::parse(files[1].bytes);
  CHECK(schema["files"][0]["columns"] == json({"namn", "ort"}));
  CHECK(PortablePart("not json", {"name"}).empty());
}

TEST_CASE("a refusal names its law, the authority and the court, in both languages") {
  for (const Language language : {Language::kSwedish, Language::kEnglish}) {
    LetterValues values;
    values.authority = "IMY";
    values.reason_code = ReasonInWords("LEGAL_OBLIGATION", language);
    const Letter letter = WriteLetter(LetterKind::kRefused, language, values);
    CHECK(letter.body.find("17") != std::string::npos);
    CHECK(letter.body.find("LEGAL_OBLIGATION") != std::string::npos);
    CHECK(letter.body.find("IMY") != std::string::npos);
    CHECK(letter.body.find(language == Language::kSwedish ? "domstol" : "court") !=
          std::string::npos);
  }
}

TEST_CASE("the report to the authority has the headings of Art. 33(3)") {
  BreachReport report;
  report.facts = "En dator stals";
  report.late = true;
  report.reasons_for_delay = "Upptackt under helgen";
  const std::string text = WriteBreachReport(report, Language::kSwedish);
  for (const char* part : {"33.3 a", "33.3 b", "33.3 c", "33.3 d", "art. 34", "En dator stals",
                           "Upptackt under helgen", "ännu inte känt"}) {
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(WriteBreachReport(report, Language::kEnglish).find("Art. 33(3)(c)") != std::string::npos);
}

}  // namespace varsam::requests
