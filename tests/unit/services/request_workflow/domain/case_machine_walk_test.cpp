// Walks everything that can happen to a case: from the first state, every event and every move of
// the world (an identity proven or lost, a system answering, a task cancelled, an access answered,
// a second person agreeing, a child case ending) in every order. Situations met before are not
// walked twice, so the walk ends by itself and covers sequences of any length. Each invariant has a
// negative control: with its guard taken out of the table the same walk must find a violation.
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/request_workflow/domain/case_machine.h"

namespace varsam::requests {
namespace {

struct Situation {
  CaseState state = kFirstState;
  CaseFacts facts;
  bool frozen = false;  // scheduled erasure waits
};

// What the walk varies, packed; everything else in the facts is constant within one walk.
using Key = uint32_t;
Key KeyOf(const Situation& s) {
  Key key = static_cast<Key>(s.state);
  const auto add = [&key](int value) { key = key * 3 + static_cast<Key>(value); };
  for (int value :
       {s.facts.identity_verified ? 1 : 0, s.facts.systems_unanswered, s.facts.tasks_open,
        s.facts.access_together_open ? 1 : 0, s.facts.refusing_people, s.facts.recipients_pending,
        s.facts.children, s.facts.children_open, s.frozen ? 1 : 0}) {
    add(value);
  }
  return key * 16 + (s.facts.right ? static_cast<Key>(*s.facts.right) + 1 : 0);
}

void Perform(Effect effect, Situation& s) {
  switch (effect) {
    case Effect::kStartSearch:
    case Effect::kStartExecution:
      s.facts.systems_unanswered = s.facts.tasks_open = 2;
      break;
    case Effect::kFreezeErasure:
      s.frozen = true;
      break;
    case Effect::kReleaseFreeze:
      s.frozen = false;
      break;
    case Effect::kNotifyRecipients:
      s.facts.recipients_pending = 1;
      break;
    case Effect::kCreateChildCases:
      s.facts.children = s.facts.children_open = 2;
      break;
    default:
      break;
  }
}

// Everything the world can do by itself.
std::vector<Situation> WorldMoves(const Situation& s) {
  std::vector<Situation> moves;
  const auto move = [&](bool possible, const std::function<void(CaseFacts&)>& change) {
    if (!possible) return;
    moves.push_back(s);
    change(moves.back().facts);
  };
  const CaseFacts& f = s.facts;
  move(true, [](CaseFacts& x) { x.identity_verified = !x.identity_verified; });
  move(f.tasks_open > 0 && f.systems_unanswered > 0, [](CaseFacts& x) {  // a system answers
    --x.tasks_open;
    --x.systems_unanswered;
  });
  move(f.tasks_open > 0, [](CaseFacts& x) { --x.tasks_open; });  // cancelled, unanswered
  move(f.tasks_open < f.systems_unanswered, [](CaseFacts& x) { ++x.tasks_open; });  // asked again
  move(f.access_together_open, [](CaseFacts& x) { x.access_together_open = false; });
  move(f.refusing_people < kPeopleToRefuse, [](CaseFacts& x) { ++x.refusing_people; });
  move(f.recipients_pending > 0, [](CaseFacts& x) { x.recipients_pending = 0; });
  move(f.children_open > 0, [](CaseFacts& x) { --x.children_open; });
  return moves;
}

// The name of the invariant that this transition breaks; "" if none.
std::string Broken(const Situation& before, const Situation& after) {
  const CaseFacts& f = before.facts;
  const bool immediate = f.right && IsImmediate(*f.right);
  switch (after.state) {
    case CaseState::kExecuting:
      if (before.state == CaseState::kExecuting) break;
      if (!immediate && !f.identity_verified) return "identity";
      if (f.right == Right::kErasure && f.access_together_open) return "access first";
      if (f.tasks_open > 0) return "tasks";
      break;
    case CaseState::kSearching:
    case CaseState::kReview:  // what was found is somebody else's until we know who asks
      if (before.state != after.state && !f.identity_verified) return "identity";
      break;
    case CaseState::kNotifyingRecipients:
    case CaseState::kResponded:
      if (f.systems_unanswered > 0) return "complete";
      break;
    case CaseState::kRefused:
      if (f.refusing_people < 2) return "two people";
      break;
    default:
      break;
  }
  if (before.state == CaseState::kResponded && f.systems_unanswered > 0) return "complete";
  if (!IsEnded(after.state)) return "";
  if (f.tasks_open > 0) return "tasks";
  if (f.children_open > 0) return "children";
  if (after.frozen) return "freeze";
  return "";
}

struct Walk {
  std::map<Key, std::set<Key>> came_from;  // every situation met, and from where
  std::set<Key> ended;
  std::set<CaseState> states;
  std::set<std::pair<CaseState, CaseEvent>> rows;
  std::set<std::string> broken;
};

CaseFacts FirstFacts(std::optional<Right> right) {
  CaseFacts facts;
  facts.right = right;
  facts.confirmed_by_human = facts.large_volume = facts.inability_shown = true;
  facts.refusal_has_code = facts.fee_ground = facts.delivered = true;
  facts.silent_days_after_reminder = kSilentDaysToClose;
  facts.access_together_open = right == Right::kErasure;
  return facts;
}

void Take(std::span<const Transition> table, std::optional<Right> right, Walk& walk) {
  std::deque<Situation> open = {{kFirstState, FirstFacts(right), false}};
  walk.came_from[KeyOf(open.front())];
  while (!open.empty()) {
    const Situation here = open.front();
    open.pop_front();
    walk.states.insert(here.state);
    if (IsEnded(here.state)) walk.ended.insert(KeyOf(here));
    const auto reach = [&](const Situation& there) {
      const bool fresh = !walk.came_from.contains(KeyOf(there));
      walk.came_from[KeyOf(there)].insert(KeyOf(here));
      if (fresh) open.push_back(there);
    };
    for (const Situation& moved : WorldMoves(here)) reach(moved);
    for (int i = 0; i < kCaseEvents; ++i) {
      const auto event = static_cast<CaseEvent>(i);
      const auto step = ApplyIn(table, here.state, event, here.facts);
      if (!step.ok()) continue;
      Situation there = here;
      there.state = step->next;
      for (Effect effect : step->effects) Perform(effect, there);
      if (event == CaseEvent::kTurnedIntoRight) there.facts.right = Right::kErasure;
      walk.rows.insert({here.state, event});
      if (const std::string name = Broken(here, there); !name.empty()) walk.broken.insert(name);
      reach(there);
    }
  }
}

// Situations from which no ending can be reached any more.
size_t DeadEnds(const Walk& walk) {
  std::set<Key> can_end = walk.ended;
  std::deque<Key> open(can_end.begin(), can_end.end());
  while (!open.empty()) {
    for (Key before : walk.came_from.at(open.front())) {
      if (can_end.insert(before).second) open.push_back(before);
    }
    open.pop_front();
  }
  return walk.came_from.size() - can_end.size();
}

std::vector<std::optional<Right>> EveryKindOfCase() {
  std::vector<std::optional<Right>> kinds(kAllRights.begin(), kAllRights.end());
  kinds.push_back(std::nullopt);
  return kinds;
}

std::set<std::string> BrokenWithout(Guard guard) {
  std::vector<Transition> table(CaseTable().begin(), CaseTable().end());
  for (Transition& row : table) row.guards = row.guards.Without(guard);
  Walk walk;
  Take(table, Right::kErasure, walk);
  return walk.broken;
}

}  // namespace

TEST_CASE("no sequence of events breaks an invariant or leads into a dead end, for any right") {
  std::set<CaseState> states;
  std::set<std::pair<CaseState, CaseEvent>> rows;
  for (const std::optional<Right>& right : EveryKindOfCase()) {
    CAPTURE(right ? NameOf(*right) : "inquiry");
    Walk walk;
    Take(CaseTable(), right, walk);
    CHECK(walk.broken == std::set<std::string>{});
    CHECK(DeadEnds(walk) == 0);
    CHECK_FALSE(walk.ended.empty());
    CHECK(walk.came_from.size() > 100);  // the walk went somewhere
    states.insert(walk.states.begin(), walk.states.end());
    rows.insert(walk.rows.begin(), walk.rows.end());
  }
  CHECK(states.size() == kCaseStates);
  CHECK(rows.size() == CaseTable().size());
}

TEST_CASE("negative control: without its guard every invariant is seen to break") {
  CHECK(BrokenWithout(Guard::kIdentityVerified).contains("identity"));
  CHECK(BrokenWithout(Guard::kAllSystemsAnswered).contains("complete"));
  CHECK(BrokenWithout(Guard::kNoOpenTasks).contains("tasks"));
  CHECK(BrokenWithout(Guard::kAccessFirst).contains("access first"));
  CHECK(BrokenWithout(Guard::kTwoPeople).contains("two people"));
  CHECK(BrokenWithout(Guard::kChildrenEnded).contains("children"));
}

TEST_CASE("negative control: a freeze that is not released is seen, and so is a dead end") {
  std::vector<Transition> table(CaseTable().begin(), CaseTable().end());
  for (Transition& row : table) row.effects = row.effects.Without(Effect::kReleaseFreeze);
  Walk walk;
  Take(table, Right::kAccess, walk);
  CHECK(walk.broken == std::set<std::string>{"freeze"});

  std::erase_if(table, [](const Transition& row) { return row.to == CaseState::kClosed; });
  Walk stuck;
  Take(table, Right::kAccess, stuck);
  CHECK(DeadEnds(stuck) > 0);
}

}  // namespace varsam::requests
