#include "services/request_workflow/answer/breach_report.h"

namespace varsam::requests {
namespace {

class Text {
 public:
  explicit Text(bool english) : english_(english) {}
  void Add(const char* sv, const char* en, const std::string& value) {
    text_ += std::string(english_ ? en : sv) + ":\n  " +
             (value.empty() ? (english_ ? "not yet known" : "ännu inte känt") : value) + "\n\n";
  }
  void Raw(const std::string& text) { text_ += text; }
  bool english() const { return english_; }
  std::string Take() { return std::move(text_); }

 private:
  const bool english_;
  std::string text_;
};

void Clock(const BreachReport& report, Text& text) {
  text.Add("Kännedom", "Became aware", report.aware_at);
  text.Add("Ska anmälas senast", "To be notified by", report.notify_by);
  for (const calendar::ExplainedStep& step : report.steps) {
    text.Raw("  " + (text.english() ? step.en : step.sv) + "\n");
  }
  text.Raw("\n");
  std::string told;
  for (const std::string& one : report.notifications) told += (told.empty() ? "" : "; ") + one;
  text.Add("Anmält", "Notified", told);
  if (report.late) {
    text.Add("Skäl till förseningen, art. 33.1", "Reasons for the delay, Art. 33(1)",
             report.reasons_for_delay);
  }
}

}  // namespace

std::string WriteBreachReport(const BreachReport& report, Language language) {
  Text text(language == Language::kEnglish);
  text.Raw(text.english()
               ? "Notification of a personal data breach (Art. 33 GDPR)\n\n"
               : "Anmälan av personuppgiftsincident (art. 33 dataskyddsförordningen)\n\n");
  text.Add("Till", "To", report.authority);
  text.Add("Incident", "Breach", report.id + " (" + report.state + ")");
  text.Add("Personuppgiftsansvarig", "Controller",
           report.controller + ", " + report.controller_address);
  text.Add("Dataskyddsombud eller kontaktpunkt, art. 33.3 b", "DPO or contact point, Art. 33(3)(b)",
           report.contact.empty() ? report.data_protection_officer : report.contact);
  Clock(report, text);
  text.Add("Vad som hänt, art. 33.3 a", "Nature of the breach, Art. 33(3)(a)", report.facts);
  text.Add("Berörda personer och uppgifter, art. 33.3 a",
           "People and records concerned, Art. 33(3)(a)", report.concerned);
  text.Add("Sannolika följder, art. 33.3 c", "Likely consequences, Art. 33(3)(c)", report.effects);
  text.Add("Åtgärder, art. 33.3 d", "Measures, Art. 33(3)(d)", report.action);
  text.Add("Risk", "Risk", report.risk);
  text.Add("Information till de berörda, art. 34", "Communication to the people, Art. 34",
           report.subjects_informed);
  text.Add("Myndighetens diarienummer", "Reference of the authority", report.authority_reference);
  return text.Take();
}

}  // namespace varsam::requests
