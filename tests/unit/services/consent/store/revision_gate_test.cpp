// Those who wait for a revision: let go when it is there, when time is up, or at the end.
#include "services/consent/store/revision_gate.h"

#include <catch2/catch.hpp>

#include <optional>

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
  hub.Note(bo, "talent_pool", ChangeSource::kOwnLedger);
  hub.Note(anna, "web_statistics", ChangeSource::kOwnLedger);
  hub.Flush();
  CHECK(woken == 0);
  hub.Note(anna, "talent_pool", ChangeSource::kOwnLedger);
  hub.Note(anna, "", ChangeSource::kOwnLedger);
  CHECK(woken == 0);
  hub.Flush();
  CHECK(woken == 1);
  CHECK(hub.Take(id).subjects.contains(anna));
  CHECK(hub.Take(id).empty());
  hub.Note(SubjectId(), "", ChangeSource::kOwnLedger);
  hub.Flush();
  CHECK(hub.Take(id).everybody);
  hub.Leave(id);
  hub.Note(anna, "talent_pool", ChangeSource::kOwnLedger);
  hub.Flush();
  CHECK(woken == 2);
}

namespace {

// A hub that holds; revision n is a choice of person n.
struct Holding {
  Holding() {
    hub.Hold();
    for (int i = 0; i < 5; ++i) people.emplace_back(NewUuidV4());
  }
  void Choose(uint64_t revision) {
    hub.Reach(revision);
    hub.Note(people[revision % 5], "talent_pool", ChangeSource::kOwnLedger);
    hub.Flush(revision);
  }
  Changes Missed(uint64_t after, std::string purpose = "") {
    const uint64_t id =
        hub.Join({.subjects = {}, .purpose = std::move(purpose), .after_revision = after}, [] {});
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
  CHECK(held.Missed(0).everybody);
  CHECK(held.Missed(7).everybody);  // nothing is held that is as old
  for (uint64_t revision = 8; revision <= 11; ++revision) held.Choose(revision);
  CHECK(held.Missed(7).everybody);
  Changes missed = held.Missed(9);
  CHECK_FALSE(missed.everybody);
  CHECK(missed.revision == 11);
  CHECK(missed.subjects.size() == 2);
  CHECK(missed.subjects.contains(held.people[0]));
  CHECK(missed.subjects.contains(held.people[1]));
  CHECK(held.Missed(11).empty());
  CHECK(held.Missed(12).empty());  // ahead of us: what is to come will be told
  CHECK(held.Missed(9, "web_statistics").empty());
  // What a feed brings carries no revision: told if it may have come since.
  held.hub.Note(held.people[4], "", ChangeSource::kFeed);
  CHECK(held.Missed(11).subjects.size() == 1);
  CHECK(held.Missed(9, "web_statistics").subjects.contains(held.people[4]));
  held.hub.Note(SubjectId(), "", ChangeSource::kFeed);
  CHECK(held.Missed(11).everybody);
}

TEST_CASE("more changes than are held, or than are worth naming: everybody") {
  Holding held;
  for (uint64_t revision = 1; revision <= kHeldChangesMax + 1; ++revision) held.Choose(revision);
  CHECK(held.Missed(1).everybody);
  Holding many;
  many.Choose(1);
  for (size_t i = 0; i <= kChangedSubjectsMax; ++i) {
    many.hub.Note(SubjectId(NewUuidV4()), "", ChangeSource::kFeed);
  }
  CHECK(many.Missed(1).everybody);
}

}  // namespace varsam::consent
