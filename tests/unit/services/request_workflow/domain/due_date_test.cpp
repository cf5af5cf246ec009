#include "services/request_workflow/domain/due_date.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

// After Catch2, which it extends.
#include <rapidcheck.h>

#include "libs/base/error.h"
#include "libs/calendar/holidays.h"
#include "libs/calendar/stockholm.h"

namespace varsam::requests {
namespace {

using calendar::LocalDay;

// Ten o'clock local on that day.
absl::Time Ten(LocalDay day) { return calendar::StartOfDay(day) + absl::Hours(10); }
absl::Time Ten(int year, int month, int day) { return Ten(LocalDay::Of(year, month, day)); }

DueDateFacts Received(absl::Time at, Right right = Right::kAccess) {
  DueDateFacts facts;
  facts.right = right;
  facts.arrivals = {{at, true}};
  return facts;
}

AnswerTerm TermOf(const DueDateFacts& facts, absl::Time as_of = Ten(2026, 12, 31)) {
  return ComputeDueDate(facts, as_of).value().term.value();
}

std::vector<std::string> Codes(const std::vector<calendar::ExplainedStep>& steps) {
  std::vector<std::string> codes;
  for (const auto& step : steps) codes.push_back(step.code);
  return codes;
}

// Paused days counted day by day, straight from the words of FORMAT 3.1, as a second opinion.
int PausedDaysNaively(const DueDateFacts& facts) {
  struct Asked {
    LocalDay asked, answered;
    bool kind_counts;
  };
  const LocalDay receipt = calendar::LocalDayOf(facts.arrivals[0].at);
  std::vector<Asked> questions;
  for (const Question& q : facts.questions) {
    const bool scope =
        q.kind == QuestionKind::kScope && facts.right == Right::kAccess && facts.large_volume;
    questions.push_back({calendar::LocalDayOf(q.asked_at), calendar::LocalDayOf(*q.answered_at),
                         q.kind == QuestionKind::kIdentity || scope});
  }
  std::stable_sort(questions.begin(), questions.end(),
                   [](const Asked& a, const Asked& b) { return a.asked < b.asked; });
  std::set<LocalDay> stopped;
  std::vector<LocalDay> answers;
  for (const Asked& q : questions) {
    LocalDay anchor = receipt;
    for (LocalDay answer : answers) anchor = answer <= q.asked ? std::max(anchor, answer) : anchor;
    if (!q.kind_counts || q.asked - anchor > 5) continue;
    answers.push_back(q.answered);
    for (LocalDay d = q.asked; d < q.answered; d = d + 1) stopped.insert(d);
  }
  return static_cast<int>(stopped.size());
}

}  // namespace

TEST_CASE("the earliest official arrival starts the clock, in Stockholm days") {
  DueDateFacts facts;
  facts.arrivals = {{Ten(2026, 5, 8), true}, {Ten(2026, 5, 1), false}, {Ten(2026, 5, 6), true}};
  CHECK(ComputeDueDate(facts, Ten(2026, 5, 9))->receipt_date == LocalDay::Of(2026, 5, 6));
  facts.arrivals = {{Ten(2026, 5, 1), false}};
  const auto none = ComputeDueDate(facts, Ten(2026, 5, 9));
  CHECK(none.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(ReasonOf(none.status()) == "NO_OFFICIAL_ARRIVAL");
  // 22:30 UTC in May is after midnight in Stockholm.
  facts.arrivals = {{calendar::StartOfDay(LocalDay::Of(2026, 5, 5)) + absl::Minutes(30), true}};
  CHECK(ComputeDueDate(facts, Ten(2026, 5, 9))->receipt_date == LocalDay::Of(2026, 5, 5));
}

TEST_CASE("every step to Easter is explained in Swedish and English") {
  const auto due = ComputeDueDate(Received(Ten(2026, 3, 5)), Ten(2026, 3, 6));
  REQUIRE(due.ok());
  CHECK(Codes(due->steps) ==
        std::vector<std::string>{"RECEIVED", "MONTHS_ADDED", "ROLLED_TO_WORKING_DAY", "DUE"});
  CHECK(due->steps[1].sv == "1 månad efter torsdag 5 mars 2026 är söndag 5 april 2026.");
  CHECK(due->steps[2].sv ==
        "2026-04-05 är påskdagen; sista dag blir nästa arbetsdag, tisdag 7 april 2026.");
  CHECK(due->steps[2].en ==
        "2026-04-05 is Easter Day; the last day becomes the next working day, Tuesday 7 April "
        "2026.");
  CHECK(due->steps.back().date == LocalDay::Of(2026, 4, 7));
}

TEST_CASE("a chain of questions pauses; a late one breaks it") {
  DueDateFacts facts = Received(Ten(2026, 3, 2));
  const auto identity = [](LocalDay asked, LocalDay answered) {
    return Question{QuestionKind::kIdentity, Ten(asked), Ten(answered)};
  };
  const LocalDay day = LocalDay::Of(2026, 3, 2);
  facts.questions = {identity(day + 5, day + 10), identity(day + 15, day + 17)};
  CHECK(TermOf(facts).paused_days == 7);
  facts.questions = {identity(day + 6, day + 10), identity(day + 12, day + 17)};
  CHECK(TermOf(facts).paused_days == 0);
  facts.questions = {identity(day + 3, day + 8), identity(day + 1, day + 6)};  // overlap
  CHECK(TermOf(facts).paused_days == 7);
  facts.questions = {identity(day + 3, day + 3)};
  CHECK(TermOf(facts).paused_days == 0);
}

TEST_CASE("a question about scope pauses an access of large volume only") {
  DueDateFacts facts = Received(Ten(2026, 3, 2));
  facts.questions = {{QuestionKind::kScope, Ten(2026, 3, 3), Ten(2026, 3, 9)}};
  CHECK(TermOf(facts).paused_days == 0);
  facts.large_volume = true;
  CHECK(TermOf(facts).paused_days == 6);
  facts.right = Right::kErasure;
  CHECK(TermOf(facts).paused_days == 0);
  facts.right = Right::kAccess;
  facts.questions[0].kind = QuestionKind::kFee;
  CHECK(TermOf(facts).paused_days == 0);
}

TEST_CASE("an open question keeps the clock standing and the date moving") {
  DueDateFacts facts = Received(Ten(2026, 3, 2));
  facts.questions = {{QuestionKind::kIdentity, Ten(2026, 3, 4), std::nullopt}};
  const AnswerTerm after_three = TermOf(facts, Ten(2026, 3, 7));
  CHECK(after_three.clock_stands);
  CHECK(after_three.paused_days == 3);
  CHECK(TermOf(facts, Ten(2026, 3, 17)).paused_days == 13);
  CHECK_FALSE(TermOf(Received(Ten(2026, 3, 2))).clock_stands);
}

TEST_CASE("an extension needs time, ground and reasons") {
  DueDateFacts facts = Received(Ten(2026, 11, 30));
  facts.extension = {Ten(2026, 12, 30), ExtensionGround::kComplex, true};
  CHECK(TermOf(facts).extended);
  CHECK(TermOf(facts).due_date == LocalDay::Of(2027, 3, 1));
  CHECK(TermOf(facts).extension_notice_by == LocalDay::Of(2026, 12, 30));
  facts.extension->reasons_given = false;
  CHECK_FALSE(TermOf(facts).extended);
  CHECK_FALSE(TermOf(facts).extension_late);
  facts.extension = {Ten(2026, 12, 30), ExtensionGround::kNone, true};
  CHECK(TermOf(facts).due_date == LocalDay::Of(2026, 12, 30));
  facts.extension = {Ten(2026, 12, 31), ExtensionGround::kManyRequests, true};
  CHECK(TermOf(facts).extension_late);
  CHECK(TermOf(facts).due_date == LocalDay::Of(2026, 12, 30));
}

TEST_CASE("immediate rights are in force on arrival; only marketing closes itself") {
  const absl::Time at = Ten(2026, 3, 5);
  const auto objection = ComputeDueDate(Received(at, Right::kObjectionMarketing), at);
  CHECK(objection->in_force_at == at);
  CHECK(objection->self_closing);
  CHECK_FALSE(objection->term);
  const auto withdrawal = ComputeDueDate(Received(at, Right::kWithdrawConsent), at);
  CHECK(withdrawal->in_force_at == at);
  CHECK_FALSE(withdrawal->self_closing);
  for (Right right : kAllRights) {
    CHECK(ComputeDueDate(Received(at, right), at)->term.has_value() == !IsImmediate(right));
    CHECK(RightOf(NameOf(right)) == right);
  }
}

TEST_CASE("urgency tightens from the tenth day before until the due date") {
  const LocalDay due = LocalDay::Of(2026, 6, 9);
  const auto left = [&](int days) { return UrgencyAt(due, Ten(due - days)); };
  CHECK(left(11) == Urgency{});
  CHECK(left(10) == Urgency{.due_soon = 10});
  CHECK(left(6) == Urgency{.due_soon = 10});
  CHECK(left(5) == Urgency{.due_soon = 5});
  CHECK(left(3) == Urgency{.due_soon = 5});
  CHECK(left(2) == Urgency{.due_soon = 2});
  CHECK(left(0) == Urgency{.due_soon = 2});
  CHECK(left(-1) == Urgency{.overdue = true});
  CHECK_FALSE(UrgencyAt(due, calendar::EndOfDay(due) - absl::Seconds(1)).overdue);
  CHECK(UrgencyAt(due, calendar::EndOfDay(due)).overdue);
}

TEST_CASE("any questions: paused days agree with a count day by day, and the steps with the date") {
  CHECK(rc::check([] {
    const LocalDay receipt = LocalDay::FromEpochDays(*rc::gen::inRange(14610, 29100));
    DueDateFacts facts = Received(Ten(receipt));
    facts.large_volume = *rc::gen::arbitrary<bool>();
    facts.right = *rc::gen::element(Right::kAccess, Right::kErasure);
    const int count = *rc::gen::inRange(0, 6);
    for (int i = 0; i < count; ++i) {
      const LocalDay asked = receipt + *rc::gen::inRange(0, 25);
      const LocalDay answered = asked + *rc::gen::inRange(0, 12);
      const auto kind = static_cast<QuestionKind>(*rc::gen::inRange(0, 4));
      facts.questions.push_back({kind, Ten(asked), Ten(answered) + absl::Hours(1)});
    }
    if (*rc::gen::arbitrary<bool>()) {
      facts.extension = {Ten(receipt + *rc::gen::inRange(0, 60)), ExtensionGround::kComplex, true};
    }
    const auto due = ComputeDueDate(facts, Ten(receipt + 90));
    RC_ASSERT(due.ok());
    const AnswerTerm& term = *due->term;
    RC_ASSERT(term.paused_days == PausedDaysNaively(facts));
    RC_ASSERT(term.raw_due ==
              calendar::AddMonths(receipt, term.extended ? 3 : 1) + term.paused_days);
    RC_ASSERT(term.due_date == calendar::Roll(term.raw_due));
    RC_ASSERT(due->steps.back().date == term.due_date);
    for (const auto& step : due->steps) RC_ASSERT(!step.sv.empty() && !step.en.empty());
  }));
}

}  // namespace varsam::requests
