#include "services/retention/domain/explain_retention.h"

#include "absl/strings/str_cat.h"
#include "libs/base/strings.h"
#include "libs/calendar/stockholm.h"

namespace varsam::retention {
namespace {

using Words = ClockWords;

// The clocks in the order of Clock.
Words WordsOf(Clock clock) {
  static constexpr struct {
    const char* sv;
    const char* en;
  } kWords[kClockCount] = {
      {"personen avslutade kontakten", "the person ended the contact"},
      {"senaste tvåvägskontakt", "the last two-way contact"},
      {"senaste tecken på intresse", "the last signal of interest"},
      {"personen sade sig inte vara intresserad", "the person declared no interest"},
      {"listan lästes in", "the list was imported"},
      {"personen lämnade sin roll", "the person left the role"},
      {"avtalet upphörde", "the contract ended"},
      {"uppdraget upphörde", "the assignment ended"},
      {"anställningen upphörde", "the employment ended"},
      {"ansökan avslogs", "the application was rejected"},
      {"ansökan återtogs", "the application was withdrawn"},
      {"räkenskapsåret gick ut", "the financial year ended"},
      {"semesteråret gick ut", "the vacation year ended"},
      {"arbetet utfördes", "the work was performed"},
      {"positionen registrerades", "the position was recorded"},
      {"händelsen registrerades", "the event was recorded"},
      {"senaste meddelande", "the last message"},
      {"enkäten besvarades", "the survey was answered"},
      {"ärendet avslutades", "the incident was closed"},
      {"prenumerationen avslutades", "the subscription was ended"},
      {"samtycket upphörde", "the consent ended"},
      {"ärendet stängdes", "the case was closed"},
      {"säkerhetskopian togs", "the backup was taken"},
  };
  const auto& words = kWords[static_cast<int>(clock)];
  return {words.sv, words.en};
}

RetentionStep StepOf(const char* code, const RuleEnd& end, bool in_words) {
  RetentionStep step;
  step.code = code;
  step.rule = end.rule->id;
  step.clock = std::string(NameOf(*end.rule->clock));
  step.law = end.rule->law;
  step.date = end.last_day;
  if (!in_words) return step;
  const Words clock = WordsOf(*end.rule->clock);
  const calendar::LocalDay from = calendar::LocalDayOf(end.clock_at);
  const bool rounded = end.rule->round_to_year_end;
  step.sv =
      absl::StrCat("Regel ", end.rule->id, ": ", clock.sv, " ", calendar::InSwedish(from),
                   rounded ? ", räknat från årets slut" : "", "; ", calendar::InSwedish(end.keep),
                   " därefter är ", calendar::InSwedish(end.last_day), " (", end.rule->law, ").");
  step.en = absl::StrCat("Rule ", end.rule->id, ": ", clock.en, " on ", calendar::InEnglish(from),
                         rounded ? ", counted from the end of that year" : "", "; ",
                         calendar::InEnglish(end.keep), " later is ",
                         calendar::InEnglish(end.last_day), " (", end.rule->law, ").");
  if (end.shortened_at) {
    const calendar::LocalDay day = calendar::LocalDayOf(*end.shortened_at);
    absl::StrAppend(&step.sv, " Tiden kortades ", calendar::InSwedish(day), ".");
    absl::StrAppend(&step.en, " The period was shortened on ", calendar::InEnglish(day), ".");
  }
  return step;
}

Words WordsOf(const Cut& cut) {
  if (cut.rule != nullptr) {
    const Words clock = WordsOf(*cut.rule->clock);
    return {absl::StrCat("regel ", cut.by, ", ", clock.sv),
            absl::StrCat("rule ", cut.by, ", ", clock.en)};
  }
  if (cut.by == "erasure") return {"begäran om radering beviljades", "erasure was granted"};
  if (cut.by == "objection_upheld") {
    return {"personens invändning godtogs", "the person's objection was upheld"};
  }
  return {absl::StrCat("samtycket till ", cut.purpose, " återkallades"),
          absl::StrCat("consent to ", cut.purpose, " was withdrawn")};
}

RetentionStep StepOf(const Cut& cut, bool spared, bool in_words) {
  RetentionStep step;
  step.code = spared ? "CUT_SPARED" : "CUT";
  step.date = cut.day;
  if (cut.rule != nullptr) {
    step.rule = cut.rule->id;
    step.clock = std::string(NameOf(*cut.rule->clock));
    step.law = cut.rule->law;
  } else {
    step.law = cut.by == "erasure"            ? "Art. 17"
               : cut.by == "objection_upheld" ? "Art. 21(1)"
                                              : "Art. 7(3)";
  }
  if (!in_words) return step;
  const Words words = WordsOf(cut);
  const std::string sv_day = calendar::InSwedish(cut.day), en_day = calendar::InEnglish(cut.day);
  step.sv = spared ? absl::StrCat("Avbryts inte den ", sv_day, " (", words.sv,
                                  "): behövs för rättsliga anspråk, bara för det.")
                   : absl::StrCat("Får användas längst till och med ", sv_day, ": ", words.sv, ".");
  step.en = spared ? absl::StrCat("Not cut short on ", en_day, " (", words.en,
                                  "): needed for legal claims, and only for them.")
                   : absl::StrCat("May be used no later than ", en_day, ": ", words.en, ".");
  return step;
}

}  // namespace

ClockWords WordsFor(Clock clock) { return WordsOf(clock); }

void ExplainGroup(const Group& group, bool in_words, RetentionSteps& steps) {
  for (const RuleEnd& end : group.winners) steps.push_back(StepOf("MAXIMUM", end, in_words));
  for (const Cut& cut : group.cuts) steps.push_back(StepOf(cut, group.spared, in_words));
}

void ExplainMinimum(const RuleEnd& end, bool in_words, RetentionSteps& steps) {
  steps.push_back(StepOf("MINIMUM", end, in_words));
}

void ExplainFact(std::string code, std::optional<calendar::LocalDay> date, std::string sv,
                 std::string en, RetentionSteps& steps) {
  RetentionStep step;
  step.code = std::move(code);
  step.date = date;
  step.sv = std::move(sv);
  step.en = std::move(en);
  steps.push_back(std::move(step));
}

}  // namespace varsam::retention
