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
  const uint64_t id = hub.Join({{anna}, "talent_pool"}, [&] { ++woken; });
  hub.Note(bo, "talent_pool");
  hub.Note(anna, "web_statistics");
  hub.Flush();
  CHECK(woken == 0);
  hub.Note(anna, "talent_pool");
  hub.Note(anna, "");
  CHECK(woken == 0);
  hub.Flush();
  CHECK(woken == 1);
  CHECK(hub.Take(id).subjects.contains(anna));
  CHECK(hub.Take(id).empty());
  hub.Note(SubjectId(), "");
  hub.Flush();
  CHECK(hub.Take(id).everybody);
  hub.Leave(id);
  hub.Note(anna, "talent_pool");
  hub.Flush();
  CHECK(woken == 2);
}

}  // namespace varsam::consent
