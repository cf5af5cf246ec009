// Those who wait for a revision: let go when it is there, when time is up, or at the end.
#include "services/consent/store/revision_gate.h"

#include <catch2/catch.hpp>

#include <optional>

#include "libs/base/clock.h"
#include "services/consent/store/change_hub.h"

namespace varsam::consent {

TEST_CASE("a caller waits until the revision is there, no longer than its time") {
  RevisionGate gate;
  std::optional<bool> first, second, third;
  gate.Advance(3);
  REQUIRE(gate.Await(3, absl::Seconds(9), [&](bool there) { first = there; }));
  CHECK(first == true);
  REQUIRE(gate.Await(5, absl::Seconds(9), [&](bool there) { second = there; }));
  REQUIRE(gate.Await(6, absl::Seconds(2), [&](bool there) { third = there; }));
  gate.Advance(4);
  CHECK_FALSE(second.has_value());
  gate.Advance(5);
  CHECK(second == true);
  gate.Expire(absl::Seconds(1));
  CHECK_FALSE(third.has_value());
  gate.Expire(absl::Seconds(2));
  CHECK(third == false);
  CHECK_FALSE(gate.awaited());
}

TEST_CASE("waiting is bounded, and closing lets everybody go") {
  RevisionGate gate;
  size_t let_go = 0;
  for (size_t i = 0; i < kWaitersMax; ++i) {
    REQUIRE(gate.Await(1, absl::Hours(1), [&](bool there) { let_go += !there; }));
  }
  CHECK_FALSE(gate.Await(1, absl::Hours(1), [](bool) { FAIL("not accepted"); }));
  gate.Close();
  CHECK(let_go == kWaitersMax);
  std::optional<bool> late;
  REQUIRE(gate.Await(1, absl::Hours(1), [&](bool there) { late = there; }));
  CHECK(late == false);
}

TEST_CASE("a watcher hears of its people and its purpose, after the flush") {
  ChangeHub hub;
  const SubjectId anna(NewUuidV4()), bo(NewUuidV4());
  int woken = 0;
  const uint64_t id = hub.Join({.subjects = {anna}, .purpose = "talent_pool"}, [&] { ++woken; });
  CHECK(hub.Take(id).everybody);  // nobody knows what it has missed
  hub.Reach(ChangeSource::kOwnLedger, 1);
  hub.Note(bo, "talent_pool", ChangeSource::kOwnLedger);
  hub.Note(anna, "web_statistics", ChangeSource::kOwnLedger);
  hub.Flush(ChangeSource::kOwnLedger, 1);
  CHECK(woken == 0);
  hub.Note(anna, "talent_pool", ChangeSource::kOwnLedger);
  hub.Note(anna, "", ChangeSource::kOwnLedger);
  CHECK(woken == 0);
  hub.Flush(ChangeSource::kOwnLedger, 1);
  CHECK(woken == 1);
  CHECK(hub.Take(id).subjects.contains(anna));
  CHECK(hub.Take(id).empty());
  hub.Note(SubjectId(), "", ChangeSource::kOwnLedger);
  hub.Flush(ChangeSource::kOwnLedger, 1);
  CHECK(hub.Take(id).everybody);
  hub.Leave(id);
  hub.Note(anna, "talent_pool", ChangeSource::kOwnLedger);
  hub.Flush(ChangeSource::kOwnLedger, 1);
  CHECK(woken == 2);
}

namespace {

// A hub that has held since revision 8 and the tenth entry of the registry; revision n is a choice
// of person n.
struct Holding {
  Holding() {
    for (int i = 0; i < 5; ++i) people.emplace_back(NewUuidV4());
    hub.Reach(ChangeSource::kOwnLedger, 8);
    hub.Reach(ChangeSource::kRegistry, 10);
    hub.Hold();
    hub.Flush(ChangeSource::kOwnLedger, 8);
    hub.Flush(ChangeSource::kRegistry, 10);
  }
  void Choose(uint64_t revision) {
    hub.Reach(ChangeSource::kOwnLedger, revision);
    hub.Note(people[revision % 5], "talent_pool", ChangeSource::kOwnLedger);
    hub.Flush(ChangeSource::kOwnLedger, revision);
  }
  void Hear(SubjectId subject, uint64_t position) {
    hub.Reach(ChangeSource::kRegistry, position);
    hub.Note(subject, "", ChangeSource::kRegistry);
    hub.Flush(ChangeSource::kRegistry, position);
  }
  Changes Missed(View after, std::string purpose = "", bool revision_only = false) {
    const uint64_t id = hub.Join({.subjects = {},
                                  .purpose = std::move(purpose),
                                  .after = after,
                                  .revision_only = revision_only},
                                 [] {});
    Changes missed = hub.Take(id);
    hub.Leave(id);
    return missed;
  }
  ChangeHub hub;
  std::vector<SubjectId> people;
};

}  // namespace

TEST_CASE("a watcher who comes back is told of what it has missed, and of no more") {
  Holding held;
  CHECK(held.Missed({}).everybody);
  CHECK(held.Missed({7, 10, 0, 0}).everybody);  // nothing is held that is as old
  CHECK(held.Missed({8, 9, 0, 0}).everybody);   // nor of the registry
  CHECK(held.Missed({8, 10, 0, 0}).empty());
  for (uint64_t revision = 9; revision <= 11; ++revision) held.Choose(revision);
  Changes missed = held.Missed({9, 10, 0, 0});
  CHECK_FALSE(missed.everybody);
  CHECK(missed.view == View{11, 10, 0, 0});
  CHECK(missed.subjects.size() == 2);
  CHECK(missed.subjects.contains(held.people[0]));
  CHECK(missed.subjects.contains(held.people[1]));
  CHECK(held.Missed({11, 10, 0, 0}).empty());
  CHECK(held.Missed({12, 10, 0, 0}).everybody);  // ahead of us: perhaps restored since
  CHECK(held.Missed({9, 10, 0, 0}, "web_statistics").empty());
}

TEST_CASE("what a feed brought is missed by its own place, however long ago it came") {
  Holding held;
  held.Choose(9);
  held.Hear(held.people[4], 20);
  held.Choose(10);
  // The other replica had the choice, but not yet what the registry told.
  CHECK(held.Missed({10, 19, 0, 0}).subjects == absl::flat_hash_set<SubjectId>{held.people[4]});
  CHECK(held.Missed({10, 20, 0, 0}).empty());
  CHECK(held.Missed({10, 19, 0, 0}, "web_statistics").subjects.size() == 1);
  // With a revision alone: whatever is still known of the feeds.
  CHECK(held.Missed({10}, "", true).subjects.size() == 1);
  held.Hear(SubjectId(), 21);
  CHECK(held.Missed({10, 20, 0, 0}).everybody);
  CHECK(held.Missed({10, 21, 0, 0}).empty());
}

TEST_CASE("a view of before a restore is no place to come back to, however long the log is again") {
  Holding held;
  for (uint64_t revision = 9; revision <= 12; ++revision) held.Choose(revision);
  CHECK(held.Missed({10, 10, 0, 0}).subjects.size() == 2);
  int woken = 0;
  const uint64_t id =
      held.hub.Join({.subjects = {}, .purpose = "", .after = {12, 10, 0, 0}}, [&] { ++woken; });
  held.hub.Reach(ChangeSource::kOwnLedger, 13);
  held.hub.Begin(1'800'000'000'000'000);
  CHECK(held.hub.view().history == 0);  // not before a view shows it
  held.hub.Flush(ChangeSource::kOwnLedger, 13);
  CHECK(woken == 1);
  const Changes told = held.hub.Take(id);
  CHECK(told.everybody);
  CHECK(told.view.history == 1'800'000'000'000'000);
  CHECK(held.Missed({10, 10, 0, 0}).everybody);
  CHECK(held.Missed({13, 10, 0, 0}).everybody);
  CHECK(held.Missed({10}, "", true).everybody);  // of which history?
  View now{13, 10, 0, 0};
  now.history = told.view.history;
  CHECK(held.Missed(now).empty());
}

TEST_CASE("more changes than are held, or than are worth naming: everybody") {
  Holding held;
  for (uint64_t revision = 9; revision <= kHeldChangesMax + 9; ++revision) held.Choose(revision);
  CHECK(held.Missed({8, 10, 0, 0}).everybody);
  CHECK_FALSE(held.Missed({9, 10, 0, 0}).empty());
  Holding many;
  for (size_t i = 0; i <= kChangedSubjectsMax; ++i) many.Hear(SubjectId(NewUuidV4()), 11 + i);
  CHECK(many.Missed({8, 10, 0, 0}).everybody);
}

TEST_CASE("a sign of life comes each second to those who want one") {
  ChangeHub hub;
  int woken = 0;
  hub.Join({.subjects = {}}, [&] { ++woken; });
  const uint64_t id = hub.Join({.subjects = {}, .heartbeat = true}, [&] { ++woken; });
  hub.Take(id);
  const absl::Duration now = MonotonicNow();
  hub.Beat(now);
  CHECK(woken == 0);
  hub.Beat(now + kHeartbeatEvery);
  CHECK(woken == 1);
  const Changes beat = hub.Take(id);
  CHECK(beat.heartbeat);
  CHECK(beat.empty());
}

}  // namespace varsam::consent
