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
             "annan av dina registrerade adresser.\n\nÄr det inte du, stoppa begäran här:\n\n"
             "{{link}}\n",
             "Hello,\n\n{{controller}} has been asked for: {{right}}. A confirmation was sent to "
             "another of your addresses on file.\n\nIf it is not you, stop the request here:\n\n"
             "{{link}}\n"},
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
             "behålla:\n{{#kept}}- {{what}}, till {{until}} ({{why}})\n{{/kept}}{{/has_kept}}"
             "{{#has_told}}\nVi har berättat för: {{#told}}{{name}}; {{/told}}\n{{/has_told}}\n"
             "Intyg: {{certificate}}\nSista säkerhetskopian är borta efter {{backup_clear_by}}.\n"
             "Är du inte nöjd kan du klaga hos {{authority}} och gå till domstol.\n",
             "Hello,\n\n{{controller}} has erased your data.\n{{#has_kept}}\nThis we must keep:\n"
             "{{#kept}}- {{what}}, until {{until}} ({{why}})\n{{/kept}}{{/has_kept}}"
             "{{#has_told}}\nWe have told: {{#told}}{{name}}; {{/told}}\n{{/has_told}}\n"
             "Certificate: {{certificate}}\nThe last backup is gone after {{backup_clear_by}}.\n"
             "If you are not satisfied you may complain to {{authority}} or go to court.\n"},
    Template{LetterKind::kDone, "Din begäran är utförd", "Your request has been carried out",
             "Hej!\n\n{{controller}} har gjort det du bad om: {{right}}.\n"
             "{{#has_told}}\nVi har berättat för: {{#told}}{{name}}; {{/told}}\n{{/has_told}}"
             "Är du inte nöjd kan du klaga hos {{authority}}.\n",
             "Hello,\n\n{{controller}} has done what you asked for: {{right}}.\n"
             "{{#has_told}}\nWe have told: {{#told}}{{name}}; {{/told}}\n{{/has_told}}"
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
    Template{LetterKind::kLifting, "Begränsningen upphör", "The restriction ends",
             "Hej!\n\nDu har fått behandlingen av dina uppgifter begränsad hos {{controller}}. "
             "Begränsningen upphör {{due_date}}.\nSkäl: {{reason_code}}.\n"
             "Vill du invända, svara på detta brev före dess. Du kan klaga hos {{authority}}.\n",
             "Hello,\n\n{{controller}} has restricted the processing of your data at your request. "
             "The restriction ends on {{due_date}}.\nReason: {{reason_code}}.\n"
             "If you object, reply to this letter before then. You may complain to "
             "{{authority}}.\n"},
    Template{LetterKind::kMessage, "Nytt meddelande i ditt ärende", "A new message in your case",
             "Hej!\n\n{{controller}} har skrivit till dig i ditt ärende ({{right}}). Läs och svara "
             "här:\n\n{{link}}\n",
             "Hello,\n\n{{controller}} has written to you in your case ({{right}}). Read and "
             "answer here:\n\n{{link}}\n"},
    Template{
        LetterKind::kContactEnded, "Kontakten är avslutad", "The contact has ended",
        "Hej!\n\nDu har avslutat kontakten med {{controller}}. Dina uppgifter används inte längre "
        "för den, och det som bara sparats för kontakten raderas senast {{due_date}}.\n"
        "Är du inte nöjd kan du klaga hos {{authority}}.\n",
        "Hello,\n\nYou have ended the contact with {{controller}}. Your data is no longer used "
        "for it, and what was kept for the contact only is erased by {{due_date}}.\n"
        "If you are not satisfied you may complain to {{authority}}.\n"},
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
  must::data told{must::data::type::list};
  for (const std::string& name : values.told) {
    must::data one;
    one.set("name", name);
    told << one;
  }
  data.set("has_told",
           values.told.empty() ? must::data::type::bool_false : must::data::type::bool_true);
  data.set("told", told);
  return data;
}

}  // namespace

std::string_view NameOf(LetterKind kind) {
  switch (kind) {
    case LetterKind::kConfirm:
      return "confirm";
    case LetterKind::kNotice:
      return "notice";
    case LetterKind::kPackage:
      return "package";
    case LetterKind::kErased:
    case LetterKind::kDone:
      return "answer";
    case LetterKind::kRefused:
      return "refused";
    case LetterKind::kAcknowledged:
      return "acknowledged";
    case LetterKind::kLifting:
      return "lifting";
    case LetterKind::kMessage:
      return "message";
    case LetterKind::kContactEnded:
      return "contact_ended";
  }
  return "";
}

// Refusal codes in words, with the law (DOMAIN 3); an unknown code stands as it is.
std::string ReasonInWords(const std::string& code, Language language) {
  struct Words {
    std::string_view code;
    const char* sv;
    const char* en;
  };
  static constexpr std::array kWords = {
      Words{"EXCESSIVE", "begäran är uppenbart orimlig eller upprepad (art. 12.5 b)",
            "the request is manifestly excessive or repeated (Art. 12(5)(b))"},
      Words{"LEGAL_OBLIGATION", "lagen kräver att uppgifterna sparas (art. 17.3 b)",
            "the law requires the data to be kept (Art. 17(3)(b))"},
      Words{"LEGAL_CLAIMS", "uppgifterna behövs för rättsliga anspråk (art. 17.3 e)",
            "the data is needed for legal claims (Art. 17(3)(e))"},
      Words{"FREEDOM_OF_EXPRESSION", "yttrande- och informationsfriheten (art. 17.3 a)",
            "freedom of expression and information (Art. 17(3)(a))"},
      Words{"COMPELLING_GROUNDS", "det finns tvingande berättigade skäl (art. 21.1)",
            "there are compelling legitimate grounds (Art. 21(1))"},
      Words{"DATA_CORRECT", "uppgifterna har prövats och är riktiga (art. 16)",
            "the data was assessed and is correct (Art. 16)"},
      Words{"REDACTED_THIRD_PARTY", "andra personers rättigheter (art. 15.4)",
            "the rights of others (Art. 15(4))"},
      Words{"DRAFT_TEXT", "ofärdig text (dataskyddslagen 5 kap. 2 §)",
            "unfinished text (Data Protection Act (2018:218) 5:2)"},
      Words{"SECRECY", "sekretess (dataskyddslagen 5 kap. 1 §)",
            "secrecy (Data Protection Act (2018:218) 5:1)"},
      Words{"NOT_PORTABLE", "behandlingen vilar varken på samtycke eller avtal (art. 20.1)",
            "the processing rests neither on consent nor on a contract (Art. 20(1))"}};
  for (const Words& words : kWords) {
    if (words.code != code) continue;
    return std::string(language == Language::kEnglish ? words.en : words.sv) + " [" + code + "]";
  }
  return code;
}

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
