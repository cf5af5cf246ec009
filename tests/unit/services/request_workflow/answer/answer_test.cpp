// What goes out: depth of documents, other people, drafts, portability.
#include <zip.h>
#include <catch2/catch.hpp>

#include <map>

#include "libs/base/error.h"
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

template <typename Write>
std::string Written(Write write, const PackageContent& content) {
  std::string text;
  const absl::Status status = write(content, Policy(), [&](std::string_view bytes) {
    text += bytes;
    return absl::OkStatus();
  });
  REQUIRE(status.ok());
  return text;
}

std::vector<ReviewItem> Scanned(const std::string& system, const std::string& document,
                                int first = 1) {
  return *ScanExport(system, DocumentOf(document), Context(), first);
}

std::string AfterDecisions(const std::string& system, const std::string& document,
                           const std::vector<ReviewItem>& items) {
  return *Decided(system, DocumentOf(document),
                  items)([](size_t, std::string_view) { return absl::OkStatus(); });
}

// What an archive holds, read by somebody else's library.
std::map<std::string, std::string> Unzipped(const std::string& bytes) {
  std::map<std::string, std::string> files;
  zip_error_t error;
  zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* const archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  REQUIRE(archive != nullptr);
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    zip_stat_t stat;
    REQUIRE(zip_stat_index(archive, static_cast<zip_uint64_t>(i), 0, &stat) == 0);
    std::string content(stat.size, '\0');
    zip_file_t* const file = zip_fopen_index(archive, static_cast<zip_uint64_t>(i), 0);
    REQUIRE(zip_fread(file, content.data(), content.size()) ==
            static_cast<zip_int64_t>(content.size()));
    CHECK(zip_fclose(file) == 0);  // tells when the CRC is not right
    files[stat.name] = std::move(content);
  }
  zip_discard(archive);
  return files;
}

std::map<std::string, std::string> Portable(const std::string& document) {
  PackageContent content;
  content.portability = true;
  content.exports = {
      {"crm", "DONE", PortablePart(DocumentOf(document), PortableCategories(Policy(), "crm"))}};
  std::string bytes;
  PackageArchive archive([&](std::string_view some) {
    bytes += some;
    return absl::OkStatus();
  });
  REQUIRE(PortableFiles(content, Policy(), archive).ok());
  REQUIRE(archive.Finish().ok());
  return Unzipped(bytes);
}

}  // namespace

TEST_CASE("a document of any depth is shown, and none is descended into beyond the bound") {
  CHECK(IsShallowJson(Nested(kDocumentDepthMax)));
  CHECK_FALSE(IsShallowJson(Nested(kDocumentDepthMax + 1)));
  CHECK_FALSE(IsShallowJson("{\"a\":"));
  CHECK(IsShallowJson(R"({"a":"[[[[[[[[[[[[[[[[[["})"));
  PackageContent content;
  content.exports = {{"crm", "DONE", DocumentOf(Nested(2'000'000))},
                     {"hr", "DONE", DocumentOf(Nested(kDocumentDepthMax))}};
  const std::string html = Written(PackageHtml, content);
  CHECK(html.find("<pre>[[[[") != std::string::npos);
  const json whole = json::parse(Written(PackageJson, content));
  CHECK(whole["data"][0]["data"].is_string());
  CHECK(whole["data"][1]["data"].is_array());
  CHECK(Scanned("crm", Nested(2'000'000)).at(0).path.empty());
}

TEST_CASE("other people in what was exported wait for a person; the own and the staff's do not") {
  const std::string document = R"({"mail":[
      {"from":"Asa@Example.se","to":"support@lexium.se","text":"hej"},
      {"from":"asa@example.se","text":"fråga kalle.svensson@annan.example, tack."}]})";
  const auto items = Scanned("email", document, 7);
  REQUIRE(items.size() == 1);
  CHECK(items[0].id == "7");
  CHECK(items[0].path == "/mail/1/text");
  CHECK(items[0].decision == "pending");
  auto redacted = items;
  redacted[0].decision = "redact";
  const json after = json::parse(AfterDecisions("email", document, redacted));
  CHECK(after["mail"][1]["text"] == "[REDACTED_THIRD_PARTY]");
  CHECK(after["mail"][0]["text"] == "hej");
  redacted[0].decision = "release";
  CHECK(AfterDecisions("email", document, redacted) == document);
  redacted[0].decision = "redact";
  CHECK(AfterDecisions("crm", document, redacted) == document);  // of another system
}

TEST_CASE("P27 unfinished text of three weeks stays, of fourteen months goes out") {
  const std::string minutes = R"({"meeting_minutes":[
      {"draft":true,"drafting_since":"2026-11-04","text":"tre veckor"},
      {"draft":true,"drafting_since":"2025-09-20","text":"fjorton manader"},
      {"draft":true,"drafting_since":"2026-11-04","disclosed":true,"text":"utlamnad"},
      {"draft":true,"text":"okand tid"}]})";
  const auto items = Scanned("crm", minutes);
  REQUIRE(items.size() == 2);
  CHECK(items[0].path == "/meeting_minutes/0");
  CHECK(items[0].decision == "withhold");
  CHECK(items[0].code == "DRAFT_TEXT");
  CHECK(items[1].path == "/meeting_minutes/3");
  CHECK(items[1].decision == "pending");
  const json after = json::parse(AfterDecisions("crm", minutes, items));
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
  const std::string csv = "namn,ort\r\n'=HYPERLINK(1),\"Gävle, norr\"\r\n";
  auto files = Portable(document);
  REQUIRE(files.size() == 3);
  CHECK(files["data/crm-name.csv"] == csv);
  CHECK(json::parse(files["schema.json"])["files"][0]["columns"] == json({"namn", "ort"}));
  CHECK(json::parse(files["manifest.json"])["files"].size() == 2);
  // The same people as our own connectors send them: record by record.
  const std::string records = R"json({"format":"varsam-export/1","system":"crm","documents":[
      {"data_category":"opinion","record_key":"2","fields":{"text":"x"}},
      {"data_category":"name","record_key":"1",
       "fields":{"namn":"=HYPERLINK(1)","ort":"Gävle, norr"}}
      ]})json";
  files = Portable(records);
  REQUIRE(files.size() == 3);
  CHECK(files["data/crm-name.csv"] == csv);
  CHECK(json::parse(files["schema.json"])["files"][0]["rows"] == 1);
  CHECK(Portable("not json").size() == 2);
}

TEST_CASE("a document comes apart into its records, wherever its bytes are cut") {
  const std::string document =
      R"({"format":"varsam-export/1", "note":{"documents":[1]}, "documents" : [ {"a":"]}\"\\"},
      "text, with ] and \" in it", [1,[2]] , 7 ], "system":"crm","list":["documents"]})";
  const std::vector<std::string> want = {R"({"a":"]}\"\\"})", R"("text, with ] and \" in it")",
                                         "[1,[2]]", "7"};
  for (size_t step = 1; step < document.size(); ++step) {
    std::vector<std::string> records;
    const OnRecord keep = [&](size_t index, std::string_view record) {
      CHECK(index == records.size());
      records.emplace_back(record);
      return absl::OkStatus();
    };
    DocumentParts parts(keep);
    for (size_t at = 0; at < document.size(); at += step) {
      REQUIRE(parts.Feed(std::string_view(document).substr(at, step)).ok());
    }
    CHECK(records == want);
    const json rest = json::parse(parts.TakeRest());
    CHECK(rest["documents"].empty());
    CHECK(rest["note"]["documents"].size() == 1);
    CHECK(rest["system"] == "crm");
  }
  for (const char* other : {"[\"documents\",[1]]", "x", "{\"documents\":3}",
                            "{\"documents\":{\"documents\":[1]}}", "\"documents\"", ""}) {
    int records = 0;
    const OnRecord count = [&](size_t, std::string_view) {
      ++records;
      return absl::OkStatus();
    };
    DocumentParts parts(count);
    REQUIRE(parts.Feed(other).ok());
    CHECK(records == 0);
    CHECK(parts.TakeRest() == other);
  }
}

TEST_CASE("a record without end is refused; records without end are not") {
  const OnRecord nothing = [](size_t, std::string_view) { return absl::OkStatus(); };
  DocumentParts many(nothing);
  REQUIRE(many.Feed("{\"documents\":[").ok());
  const std::string record = "{\"text\":\"" + std::string(1 << 20, 'x') + "\"},";
  for (int i = 0; i < 80; ++i) REQUIRE(many.Feed(record).ok());
  DocumentParts one(nothing);
  REQUIRE(one.Feed("{\"documents\":[{\"text\":\"").ok());
  absl::Status fed;
  for (int i = 0; i < 80 && fed.ok(); ++i) fed = one.Feed(std::string(1 << 20, 'x'));
  CHECK(ReasonOf(fed) == "DOCUMENT_PIECE_TOO_LARGE");
}

TEST_CASE("decisions about records are carried out in the package, and only there") {
  const std::string document = R"({"format":"varsam-export/1","documents":[
      {"data_category":"email_content","fields":{"text":"hej"}},
      {"data_category":"email_content",
       "fields":{"text":"se kalle@annan.example","from":"asa@example.se"}}]})";
  auto items = Scanned("email", document);
  REQUIRE(items.size() == 1);
  CHECK(items[0].path == "/documents/1/fields/text");
  items[0].decision = "redact";
  PackageContent content;
  content.exports = {{"email", "DONE", Decided("email", DocumentOf(document), items)}};
  const json whole = json::parse(Written(PackageJson, content));
  const json& records = whole["data"][0]["data"]["documents"];
  REQUIRE(records.size() == 2);
  CHECK(records[0]["fields"]["text"] == "hej");
  CHECK(records[1]["fields"]["text"] == "[REDACTED_THIRD_PARTY]");
  CHECK(whole["data"][0]["data"]["format"] == "varsam-export/1");
  const std::string html = Written(PackageHtml, content);
  CHECK(html.find("kalle@annan") == std::string::npos);
  CHECK(html.find("[REDACTED_THIRD_PARTY]") != std::string::npos);
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
