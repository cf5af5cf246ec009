// Every row of the table, one guard at a time; and the diagram in the README.
#include "services/request_workflow/domain/case_machine.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "libs/base/error.h"

namespace varsam::requests {
namespace {

// Facts under which every guard of the row holds.
CaseFacts FactsFor(const Transition& row) {
  CaseFacts facts;
  facts.right = row.from == CaseState::kAwaitingScope ? Right::kAccess : Right::kErasure;
  if (row.guards.Contains(Guard::kScopeMayBeAsked)) facts.right = Right::kAccess;
  if (row.guards.Contains(Guard::kImmediateRight)) facts.right = Right::kObjectionMarketing;
  if (row.guards.Contains(Guard::kInquiry)) facts.right = std::nullopt;
  facts.confirmed_by_human = facts.large_volume = facts.identity_verified = true;
  facts.inability_shown = facts.refusal_has_code = facts.fee_ground = facts.delivered = true;
  facts.silent_days_after_reminder = kSilentDaysToClose;
  facts.refusing_people = kPeopleToRefuse;
  facts.children = row.guards.Contains(Guard::kSplit) ? 2 : 0;
  return facts;
}

// The same facts with one thing changed, so that the guard no longer holds.
CaseFacts Break(Guard guard, CaseFacts facts) {
  switch (guard) {
    case Guard::kConfirmedByHuman:
      facts.confirmed_by_human = false;
      break;
    case Guard::kAssessedRight:
      facts.right = Right::kWithdrawConsent;
      break;
    case Guard::kImmediateRight:
      facts.right = Right::kAccess;
      break;
    case Guard::kInquiry:
      facts.right = Right::kAccess;
      break;
    case Guard::kScopeMayBeAsked:
      facts.large_volume = false;
      break;
    case Guard::kNotSplit:
      facts.children = 1;
      break;
    case Guard::kSplit:
      facts.children = 0;
      break;
    case Guard::kChildrenEnded:
      facts.children_open = 1;
      break;
    case Guard::kIdentityVerified:
      facts.identity_verified = false;
      break;
    case Guard::kSilentAfterReminder:
      facts.silent_days_after_reminder = kSilentDaysToClose - 1;
      break;
    case Guard::kInabilityShown:
      facts.inability_shown = false;
      break;
    case Guard::kAllSystemsAnswered:
      facts.systems_unanswered = 1;
      break;
    case Guard::kNoOpenTasks:
      facts.tasks_open = 1;
      break;
    case Guard::kAccessFirst:
      facts.access_together_open = true;
      break;
    case Guard::kWithheldHaveCodes:
      facts.withheld_without_code = 1;
      break;
    case Guard::kTwoPeople:
      facts.refusing_people = kPeopleToRefuse - 1;
      break;
    case Guard::kRefusalHasCode:
      facts.refusal_has_code = false;
      break;
    case Guard::kFeeGround:
      facts.fee_ground = false;
      break;
    case Guard::kRecipientsDone:
      facts.recipients_pending = 1;
      break;
    case Guard::kDelivered:
      facts.delivered = false;
      break;
  }
  return facts;
}

std::string Diagram() {
  std::ostringstream out;
  out << "```mermaid\nstateDiagram-v2\n  [*] --> " << NameOf(kFirstState) << "\n";
  for (const Transition& row : CaseTable()) {
    out << "  " << NameOf(row.from) << " --> " << NameOf(row.to) << ": " << NameOf(row.event);
    const char* separator = " [";
    for (int i = 0; i < kGuards; ++i) {
      if (!row.guards.Contains(static_cast<Guard>(i))) continue;
      out << separator << NameOf(static_cast<Guard>(i));
      separator = ", ";
    }
    out << (row.guards.empty() ? "\n" : "]\n");
  }
  for (int i = 0; i < kCaseStates; ++i) {
    const auto state = static_cast<CaseState>(i);
    if (IsEnded(state)) out << "  " << NameOf(state) << " --> [*]\n";
  }
  out << "```\n";
  return out.str();
}

}  // namespace

TEST_CASE("every row is taken when its guards hold and refused when any one does not") {
  for (const Transition& row : CaseTable()) {
    const CaseFacts facts = FactsFor(row);
    CAPTURE(NameOf(row.from), NameOf(row.event));
    const auto step = Apply(row.from, row.event, facts);
    REQUIRE(step.ok());
    CHECK(step->next == row.to);
    for (int i = 0; i < kGuards; ++i) {
      const auto guard = static_cast<Guard>(i);
      if (!row.guards.Contains(guard)) continue;
      CAPTURE(NameOf(guard));
      const auto refused = Apply(row.from, row.event, Break(guard, facts));
      CHECK(refused.status().code() == absl::StatusCode::kFailedPrecondition);
      CHECK(ReasonOf(refused.status()) == ReasonCodeOf(guard));
    }
  }
}

TEST_CASE("what the table does not name is refused") {
  int refused = 0;
  for (int state = 0; state < kCaseStates; ++state) {
    for (int event = 0; event < kCaseEvents; ++event) {
      const auto step =
          Apply(static_cast<CaseState>(state), static_cast<CaseEvent>(event), CaseFacts());
      refused += ReasonOf(step.status()) == "EVENT_NOT_ALLOWED" ? 1 : 0;
    }
  }
  CHECK(refused == kCaseStates * kCaseEvents - static_cast<int>(CaseTable().size()));
  for (const Transition& row : CaseTable()) CHECK(row.from != CaseState::kWithdrawn);
}

TEST_CASE("names are unique") {
  std::set<std::string_view> states, events;
  for (int i = 0; i < kCaseStates; ++i) states.insert(NameOf(static_cast<CaseState>(i)));
  for (int i = 0; i < kCaseEvents; ++i) events.insert(NameOf(static_cast<CaseEvent>(i)));
  CHECK(states.size() == kCaseStates);
  CHECK(events.size() == kCaseEvents);
  CHECK(NameOf(CaseState::kClosedNoIdentity) == "closed_no_identity");
}

TEST_CASE("the diagram in the README is the table") {
  std::ifstream file("services/request_workflow/README.md");
  std::stringstream readme;
  readme << file.rdbuf();
  const std::string wanted = Diagram();
  if (readme.str().find(wanted) == std::string::npos) {
    FAIL("put this into services/request_workflow/README.md:\n" << wanted);
  }
}

}  // namespace varsam::requests
