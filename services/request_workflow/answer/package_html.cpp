#include <utility>

#include "libs/base/html.h"
#include "libs/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "services/request_workflow/answer/package.h"

namespace varsam::requests {
namespace {

using nlohmann::json;

std::string Plain(const json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Any JSON within kDocumentDepthMax as nested tables.
void Table(const json& value, std::string& out) {
  if (value.is_primitive()) {
    out += EscapeHtml(Plain(value));
    return;
  }
  out += "<table>";
  for (const auto& [key, inner] : value.items()) {
    out += "<tr>";
    if (value.is_object()) out += "<th>" + EscapeHtml(key) + "</th>";
    out += "<td>";
    Table(inner, out);
    out += "</td></tr>";
  }
  out += "</table>";
}

class Page {
 public:
  explicit Page(Language language) : english_(language == Language::kEnglish) {}

  void Heading(const char* sv, const char* en) {
    text_ += std::string("<h2>") + (english_ ? en : sv) + "</h2>\n";
  }
  void Paragraph(const std::string& text) { text_ += "<p>" + EscapeHtml(text) + "</p>\n"; }
  void Row(std::initializer_list<std::string> cells) {
    text_ += "<tr>";
    for (const std::string& cell : cells) text_ += "<td>" + EscapeHtml(cell) + "</td>";
    text_ += "</tr>\n";
  }
  void Open() { text_ += "<table>\n"; }
  void Close() { text_ += "</table>\n"; }
  void Raw(const std::string& html) { text_ += html; }
  bool english() const { return english_; }
  std::string Take() { return std::exchange(text_, ""); }

 private:
  bool english_;
  std::string text_;
};

std::string Label(const PolicyView& policy, const std::string& category) {
  const auto it = policy.category_labels.find(category);
  return it == policy.category_labels.end() ? category : it->second;
}

std::string AsHtml(std::string_view piece) {
  if (!IsShallowJson(piece)) return "<pre>" + EscapeHtml(piece) + "</pre>\n";
  std::string table;
  Table(json::parse(piece), table);
  return table + "\n";
}

absl::Status Data(const PackageContent& content, Page& page, const Sink& sink) {
  page.Heading("Dina uppgifter, system för system", "Your data, system by system");
  for (const SystemExport& one : content.exports) {
    page.Raw("<h3>" + EscapeHtml(one.system) + " (" + EscapeHtml(one.outcome) + ")</h3>\n");
    RETURN_IF_ERROR(sink(page.Take()));
    if (one.document == nullptr) continue;
    bool records = false;
    ASSIGN_OR_RETURN(const std::string rest,
                     one.document([&](size_t, std::string_view record) -> absl::Status {
                       records = true;
                       return sink(AsHtml(record));
                     }));
    // Around records stands nothing about the person.
    if (!records && !rest.empty()) RETURN_IF_ERROR(sink(AsHtml(rest)));
  }
  for (const std::string& code : content.withheld) {
    page.Paragraph((page.english() ? "Withheld: " : "Undantaget: ") + code);
  }
  return absl::OkStatus();
}

void PurposesAndCategories(const PolicyView& policy, Page& page) {
  page.Heading("(a) Ändamål och rättslig grund", "(a) Purposes and legal basis");
  page.Open();
  for (const PolicyPurpose& purpose : policy.purposes) page.Row({purpose.label, purpose.basis});
  page.Close();
  page.Heading("(b) Kategorier av uppgifter", "(b) Categories of data");
  page.Open();
  for (const PolicySystem& system : policy.systems) {
    std::string all;
    for (const std::string& category : system.categories) {
      if (!all.empty()) all += ", ";
      all += Label(policy, category);
    }
    page.Row({system.label, all});
  }
  page.Close();
}

void RecipientsAndPeriods(const PackageContent& content, const PolicyView& policy, Page& page) {
  page.Heading("(c) Mottagare", "(c) Recipients");
  page.Open();
  for (const ActualRecipient& one : content.recipients) {
    page.Row({one.recipient, one.kind, one.purpose, one.at});
  }
  for (const PolicyRecipient& one : policy.recipients) {
    page.Row({one.name, one.purpose, one.transfer});
  }
  page.Close();
  page.Heading("(d) Hur länge", "(d) How long");
  page.Open();
  for (const RetainedField& field : content.retained) {
    page.Row({field.system, Label(policy, field.data_category), field.retain_until, field.status,
              field.reference});
  }
  page.Close();
}

void RightsAndRest(const PackageContent& content, const PolicyView& policy, Page& page) {
  page.Heading("(e) Dina rättigheter", "(e) Your rights");
  page.Paragraph(page.english()
                     ? "You may ask for rectification, erasure, restriction and portability, and "
                       "you may object. Write to " +
                           policy.contact + "."
                     : "Du kan begära rättelse, radering, begränsning och dataportabilitet, och du "
                       "kan invända. Skriv till " +
                           policy.contact + ".");
  page.Heading("(f) Klagomål", "(f) Complaints");
  page.Paragraph(policy.authority);
  page.Heading("(g) Varifrån uppgifterna kommer", "(g) Where the data comes from");
  page.Open();
  for (const HeldSource& source : content.sources) {
    const auto label = policy.source_labels.find(source.source);
    page.Row(
        {label == policy.source_labels.end() ? source.source : label->second, source.collected_at});
  }
  page.Close();
  page.Heading("(h) Profilering", "(h) Profiling");
  page.Paragraph(page.english()
                     ? "Your interests are noted as topics only. No decision about you is made by "
                       "automated means alone."
                     : "Dina intressen noteras endast som ämnen. Inget beslut om dig fattas enbart "
                       "automatiserat.");
}

}  // namespace

absl::Status PackageHtml(const PackageContent& content, const PolicyView& policy,
                         const Sink& sink) {
  Page page(content.language);
  const std::string title = page.english() ? "Your personal data" : "Registerutdrag";
  page.Raw(std::string("<!doctype html>\n<html lang=\"") + (page.english() ? "en" : "sv") +
           "\"><head><meta charset=\"utf-8\"><title>" + title +
           "</title><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
           "style-src 'unsafe-inline'\"><style>body{font-family:sans-serif;max-width:60em;"
           "margin:2em auto}table{border-collapse:collapse}td,th{border:1px solid #999;"
           "padding:.2em .5em;text-align:left;vertical-align:top}</style></head><body>\n<h1>" +
           title + "</h1>\n<p>" + EscapeHtml(policy.controller) + ", " +
           EscapeHtml(content.made_on) + "</p>\n");
  RETURN_IF_ERROR(Data(content, page, sink));
  if (!content.portability) {
    PurposesAndCategories(policy, page);
    RecipientsAndPeriods(content, policy, page);
    RightsAndRest(content, policy, page);
  }
  page.Raw("</body></html>\n");
  return sink(page.Take());
}

}  // namespace varsam::requests
