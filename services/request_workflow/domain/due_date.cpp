#include "services/request_workflow/domain/due_date.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/strings.h"
#include "libs/calendar/holidays.h"
#include "libs/calendar/period.h"
#include "libs/calendar/stockholm.h"
#include "services/request_workflow/domain/roll_explained.h"

namespace varsam::requests {
namespace {

using calendar::ExplainedStep;
using calendar::InEnglish;
using calendar::InSwedish;
using calendar::LocalDay;

// A question seen in days, and whether it stops the clock.
struct Pause {
  const Question* question;
  LocalDay asked;
  LocalDay answered;  // the day of asking about it, while it is open
  enum class Verdict { kCounts, kWrongKind, kTooLate } verdict = Verdict::kWrongKind;
};

bool KindStopsClock(const DueDateFacts& facts, QuestionKind kind) {
  if (kind == QuestionKind::kIdentity) return true;
  return kind == QuestionKind::kScope && facts.right == Right::kAccess && facts.large_volume;
}

// The latest day an earlier counted question was answered, if that is not after `asked`.
LocalDay AnchorFor(LocalDay receipt, LocalDay asked, const std::vector<Pause>& earlier) {
  LocalDay anchor = receipt;
  for (const Pause& pause : earlier) {
    if (pause.verdict != Pause::Verdict::kCounts || !pause.question->answered_at) continue;
    if (pause.answered <= asked) anchor = std::max(anchor, pause.answered);
  }
  return anchor;
}

std::vector<Pause> JudgeQuestions(const DueDateFacts& facts, LocalDay receipt, absl::Time as_of) {
  std::vector<Pause> questions;
  for (const Question& question : facts.questions) {
    const LocalDay asked = calendar::LocalDayOf(question.asked_at);
    const LocalDay until = calendar::LocalDayOf(question.answered_at.value_or(as_of));
    questions.push_back({&question, asked, std::max(asked, until)});
  }
  std::stable_sort(questions.begin(), questions.end(), [](const Pause& a, const Pause& b) {
    return std::pair(a.asked, a.question->asked_at) < std::pair(b.asked, b.question->asked_at);
  });
  std::vector<Pause> judged;
  for (Pause pause : questions) {
    if (KindStopsClock(facts, pause.question->kind)) {
      const LocalDay anchor = AnchorFor(receipt, pause.asked, judged);
      pause.verdict = pause.asked - anchor <= kQuestionWindowDays ? Pause::Verdict::kCounts
                                                                  : Pause::Verdict::kTooLate;
    }
    judged.push_back(pause);
  }
  return judged;
}

// Different days the counted questions cover, each once; the clock starts with the receipt.
int PausedDays(const std::vector<Pause>& pauses, LocalDay receipt) {
  int days = 0;
  LocalDay covered_until = receipt;
  for (const Pause& pause : pauses) {  // in order of the day asked
    if (pause.verdict != Pause::Verdict::kCounts) continue;
    const LocalDay from = std::max(pause.asked, covered_until);
    if (pause.answered <= from) continue;
    days += pause.answered - from;
    covered_until = pause.answered;
  }
  return days;
}

ExplainedStep ExplainQuestion(const Pause& pause, LocalDay reached) {
  const std::string asked_sv = absl::StrCat("Frågan som ställdes ", InSwedish(pause.asked));
  const std::string asked_en = absl::StrCat("The question asked on ", InEnglish(pause.asked));
  switch (pause.verdict) {
    case Pause::Verdict::kWrongKind:
      return {"QUESTION_DOES_NOT_PAUSE",
              absl::StrCat(asked_sv, " är inte av ett slag som stoppar fristen."),
              absl::StrCat(asked_en, " is not of a kind that stops the clock."), reached};
    case Pause::Verdict::kTooLate:
      return {"QUESTION_TOO_LATE",
              absl::StrCat(
                  asked_sv, " kom senare än ", kQuestionWindowDays,
                  " dagar efter begäran eller närmast föregående svar och stoppar inte fristen."),
              absl::StrCat(
                  asked_en, " came more than ", kQuestionWindowDays,
                  " days after the request or the answer before it and does not stop the clock."),
              reached};
    case Pause::Verdict::kCounts:
      break;
  }
  if (!pause.question->answered_at) {
    return {"CLOCK_STANDS",
            absl::StrCat(asked_sv, " är obesvarad; fristen står still till dess svar kommer."),
            absl::StrCat(asked_en, " is unanswered; the clock stands still until it is."), reached};
  }
  return {"QUESTION_PAUSES",
          absl::StrCat(asked_sv, " besvarades ", InSwedish(pause.answered),
                       "; dagarna däremellan räknas inte."),
          absl::StrCat(asked_en, " was answered on ", InEnglish(pause.answered),
                       "; the days between are not counted."),
          reached};
}

// receipt + months + paused days, unrolled, explained.
LocalDay AddTerm(LocalDay receipt, int months, int paused_days, std::vector<ExplainedStep>& steps) {
  const calendar::Period period = calendar::Months(months);
  const LocalDay month_end = calendar::AddPeriod(receipt, period);
  const bool clamped = month_end.day() != receipt.day();
  steps.push_back(
      {clamped ? "MONTHS_ADDED_CLAMPED" : "MONTHS_ADDED",
       absl::StrCat(InSwedish(period), " efter ", InSwedish(receipt), " är ", InSwedish(month_end),
                    clamped ? ", månadens sista dag eftersom dagen saknas i den." : "."),
       absl::StrCat(InEnglish(period), " after ", InEnglish(receipt), " is ", InEnglish(month_end),
                    clamped ? ", the last day of a month without that date." : "."),
       month_end});
  if (paused_days == 0) return month_end;
  const LocalDay raw = month_end + paused_days;
  const calendar::Period pause = calendar::Days(paused_days);
  steps.push_back({"PAUSED_DAYS_ADDED",
                   absl::StrCat("Fristen stod still ", InSwedish(pause), "; med dem blir det ",
                                InSwedish(raw), "."),
                   absl::StrCat("The clock stood still for ", InEnglish(pause),
                                "; with them it is ", InEnglish(raw), "."),
                   raw});
  return raw;
}

// Judges the extension, sets the flags and says what came of it.
void ApplyExtension(const std::optional<Extension>& extension, AnswerTerm& term,
                    std::vector<ExplainedStep>& steps) {
  if (!extension) return;
  const LocalDay first_due = term.extension_notice_by;
  const LocalDay told = calendar::LocalDayOf(extension->notice_at);
  const std::string sv = absl::StrCat("Besked om förlängning gavs ", InSwedish(told));
  const std::string en = absl::StrCat("Notice of extension was given on ", InEnglish(told));
  if (told > first_due) {
    term.extension_late = true;
    steps.push_back({"EXTENSION_LATE",
                     absl::StrCat(sv, ", efter ", InSwedish(first_due), "; fristen förlängs inte."),
                     absl::StrCat(en, ", after ", InEnglish(first_due), "; nothing is extended."),
                     first_due});
    return;
  }
  if (extension->ground == ExtensionGround::kNone || !extension->reasons_given) {
    steps.push_back({"EXTENSION_WITHOUT_GROUND",
                     absl::StrCat(sv, " utan giltig grund eller skäl; fristen förlängs inte."),
                     absl::StrCat(en, " without valid ground or reasons; nothing is extended."),
                     first_due});
    return;
  }
  term.extended = true;
  steps.push_back(
      {"EXTENDED",
       absl::StrCat(sv, ", i tid och med skäl; hela fristen räknas om från mottagandet."),
       absl::StrCat(en,
                    ", in time and with reasons; the whole term is counted again from "
                    "the receipt."),
       first_due});
}

AnswerTerm ComputeTerm(const DueDateFacts& facts, LocalDay receipt, absl::Time as_of,
                       std::vector<ExplainedStep>& steps) {
  AnswerTerm term;
  term.ack_by = calendar::WorkingDayAfter(receipt, kAcknowledgeWorkingDays);
  const std::vector<Pause> pauses = JudgeQuestions(facts, receipt, as_of);
  for (const Pause& pause : pauses) {
    steps.push_back(ExplainQuestion(pause, receipt));
    term.clock_stands |=
        pause.verdict == Pause::Verdict::kCounts && !pause.question->answered_at.has_value();
  }
  term.paused_days = PausedDays(pauses, receipt);
  term.raw_due = AddTerm(receipt, kMonthsToAnswer, term.paused_days, steps);
  term.extension_notice_by = RollExplained(term.raw_due, steps);
  term.due_date = term.extension_notice_by;
  ApplyExtension(facts.extension, term, steps);
  if (term.extended) {
    term.raw_due = AddTerm(receipt, kMonthsToAnswerExtended, term.paused_days, steps);
    term.due_date = RollExplained(term.raw_due, steps);
  }
  term.overdue_from = term.due_date + 1;
  steps.push_back({"DUE", absl::StrCat("Senast ", InSwedish(term.due_date), " ska svaret lämnas."),
                   absl::StrCat("The answer is due by ", InEnglish(term.due_date), "."),
                   term.due_date});
  return term;
}

}  // namespace

absl::StatusOr<DueDate> ComputeDueDate(const DueDateFacts& facts, absl::Time as_of) {
  const Arrival* receipt = nullptr;
  for (const Arrival& arrival : facts.arrivals) {
    if (arrival.official && (receipt == nullptr || arrival.at < receipt->at)) receipt = &arrival;
  }
  if (receipt == nullptr) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "NO_OFFICIAL_ARRIVAL",
                           "the request has not arrived in an official channel");
  }
  DueDate result;
  result.received_at = receipt->at;
  result.receipt_date = calendar::LocalDayOf(receipt->at);
  result.steps.push_back(
      {"RECEIVED",
       absl::StrCat("Begäran kom in i en officiell kanal ", InSwedish(receipt->at), "."),
       absl::StrCat("The request arrived in an official channel on ", InEnglish(receipt->at), "."),
       result.receipt_date});
  if (IsImmediate(facts.right)) {
    result.in_force_at = receipt->at;
    result.self_closing = facts.right == Right::kObjectionMarketing;
    result.steps.push_back({"IN_FORCE_AT_ONCE", "Den gäller från och med det ögonblicket.",
                            "It is in force from that moment.", result.receipt_date});
    return result;
  }
  result.term = ComputeTerm(facts, result.receipt_date, as_of, result.steps);
  return result;
}

Urgency UrgencyAt(LocalDay due_date, absl::Time as_of) {
  const int days_left = due_date - calendar::LocalDayOf(as_of);
  if (days_left < 0) return {.overdue = true};
  for (int level : {2, 5, 10}) {
    if (days_left <= level) return {.due_soon = level};
  }
  return {};
}

}  // namespace varsam::requests
