#include "services/request_workflow/answer/letters.h"

#include <array>

#include "kainjow/mustache.hpp"

namespace varsam::requests {
namespace {

namespace must = kainjow::mustache;

struct Template {
  LetterKind kind;
  const char* subject_sv;
  const char* subject_en;
  const char* body_sv;
  const char* body_en;
};

constexpr std::array kTemplates = {
    Template{
        LetterKind::kConfirm, "Bekräfta din begäran", "Confirm your request",
        "Hej!\n\nNågon har hos {{controller}} begärt: {{right}}. Om det är du, bekräfta här:\n\n"
        "{{link}}\n\nLänken kan användas en gång. Din begäran besvaras senast {{due_date}}.\n"
        "Är det inte du behöver du inte göra något: utan bekräftelse händer ingenting.\n",
        "Hello,\n\nSomeone has asked {{controller}} for: {{right}}. If it is you, confirm here:\n\n"
        "{{link}}\n\nThe link works once. Your request is answered by {{due_date}} at the "
        "latest.\nIf it is not you, do nothing: without confirmation nothing happens.\n"},
    Template{LetterKind::kNotice, "En begäran har kommit in", "A request has arrived",
             "Hej!\n\nHos {{controller}} har begärts: {{right}}. En bekräftelse har sänts till en "
             "annan av dina registrerade adresser. Är det inte du, svara på detta brev.\n",
             "Hello,\n\n{{controller}} has been asked for: {{right}}. A confirmation was sent to "
             "another of your addresses on file. If it is not you, reply to this letter.\n"},
    Template{
        LetterKind::kPackage, "Ditt svar är klart", "Your answer is ready",
        "Hej!\n\nSvaret på din begäran ({{right}}) är klart. Hämta det här:\n\n{{link}}\n\n"
        "Länken gäller i sju dagar och svaret kan hämtas tre gånger.\n"
        "Är du inte nöjd kan du klaga hos {{authority}}.\n",
        "Hello,\n\nThe answer to your request ({{right}}) is ready. Fetch it here:\n\n{{link}}\n\n"
        "The link works for seven days and the answer can be fetched three times.\n"
        "If you are not satisfied you may complain to {{authority}}.\n"},
    Template{LetterKind::kErased, "Dina uppgifter är raderade", "Your data has been erased",
             "Hej!\n\n{{controller}} har raderat dina uppgifter.\n{{#has_kept}}\nDetta måste vi "
             "behålla:\n{{#kept}}- {{what}}, till {{until}} ({{why}})\n{{/kept}}{{/has_kept}}\n"
             "Intyg: {{certificate}}\nSista säkerhetskopian är borta efter {{backup_clear_by}}.\n"
             "Är du inte nöjd kan du klaga hos {{authority}} och gå till domstol.\n",
             "Hello,\n\n{{controller}} has erased your data.\n{{#has_kept}}\nThis we must keep:\n"
             "{{#kept}}- {{what}}, until {{until}} ({{why}})\n{{/kept}}{{/has_kept}}\n"
             "Certificate: {{certificate}}\nThe last backup is gone after {{backup_clear_by}}.\n"
             "If you are not satisfied you may complain to {{authority}} or go to court.\n"},
    Template{LetterKind::kDone, "Din begäran är utförd", "Your request has been carried out",
             "Hej!\n\n{{controller}} har gjort det du bad om: {{right}}.\n"
             "Är du inte nöjd kan du klaga hos {{authority}}.\n",
             "Hello,\n\n{{controller}} has done what you asked for: {{right}}.\n"
             "If you are not satisfied you may complain to {{authority}}.\n"},
    Template{
        LetterKind::kRefused, "Svar på din begäran", "Answer to your request",
        "Hej!\n\n{{controller}} kan inte göra det du bad om: {{right}}.\nSkäl: {{reason_code}}.\n"
        "Du kan klaga hos {{authority}} och du kan gå till domstol.\n",
        "Hello,\n\n{{controller}} cannot do what you asked for: {{right}}.\nReason: "
        "{{reason_code}}.\nYou may complain to {{authority}} and you may go to court.\n"},
    Template{LetterKind::kAcknowledged, "Vi har fått ditt brev", "We have received your letter",
             "Hej!\n\n{{controller}} har tagit emot ditt brev. En medarbetare läser det, och du "
             "får svar inom en månad från den dag det kom in.\n",
             "Hello,\n\n{{controller}} has received your letter. A person reads it, and you are "
             "answered within one month of the day it arrived.\n"},
};

const Template& TemplateOf(LetterKind kind) {
  for (const Template& one : kTemplates) {
    if (one.kind == kind) return one;
  }
  return kTemplates[0];
}

std::string Render(const char* text, const must::data& data) {
  must::mustache rendered{std::string(text)};
  rendered.set_custom_escape([](const std::string& value) { return value; });  // plain text
  return rendered.render(data);
}

must::data DataOf(const LetterValues& values) {
  must::data data;
  data.set("controller", values.controller);
  data.set("right", values.right);
  data.set("link", values.link);
  data.set("due_date", values.due_date);
  data.set("certificate", values.certificate);
  data.set("backup_clear_by", values.backup_clear_by);
  data.set("reason_code", values.reason_code);
  data.set("authority", values.authority.empty() ? "IMY" : values.authority);
  must::data kept{must::data::type::list};
  for (const LetterLine& line : values.kept) {
    must::data one;
    one.set("what", line.what);
    one.set("until", line.until);
    one.set("why", line.why);
    kept << one;
  }
  data.set("has_kept",
           values.kept.empty() ? must::data::type::bool_false : must::data::type::bool_true);
  data.set("kept", kept);
  return data;
}

}  // namespace

Letter WriteLetter(LetterKind kind, Language language, const LetterValues& values) {
  const Template& text = TemplateOf(kind);
  const bool english = language == Language::kEnglish;
  return {english ? text.subject_en : text.subject_sv,
          Render(english ? text.body_en : text.body_sv, DataOf(values))};
}

std::string InWords(std::optional<Right> right, Language language) {
  struct Words {
    const char* sv;
    const char* en;
  };
  constexpr std::array<Words, 10> kWords = {
      Words{"registerutdrag (art. 15)", "access to your data (Art. 15)"},
      Words{"rättelse (art. 16)", "rectification (Art. 16)"},
      Words{"radering (art. 17)", "erasure (Art. 17)"},
      Words{"begränsning av behandling (art. 18)", "restriction of processing (Art. 18)"},
      Words{"dataportabilitet (art. 20)", "data portability (Art. 20)"},
      Words{"inga fler utskick (art. 21)", "no more marketing (Art. 21)"},
      Words{"invändning mot behandling (art. 21)", "objection to processing (Art. 21)"},
      Words{"återkallat samtycke (art. 7)", "withdrawn consent (Art. 7)"},
      Words{"mänsklig prövning (art. 22)", "human review (Art. 22)"},
      Words{"klagomål (art. 77)", "complaint (Art. 77)"}};
  if (!right) return language == Language::kEnglish ? "your question" : "din fråga";
  const Words& words = kWords[static_cast<size_t>(*right)];
  return language == Language::kEnglish ? words.en : words.sv;
}

}  // namespace varsam::requests
