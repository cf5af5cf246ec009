// Several replicas on one database, lost connections at COMMIT, watchers.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>
#include <set>

#include "libs/base/error.h"
#include "libs/rpc/status.h"
#include "tests/support/consent_stack.h"
#include "tests/support/gate.h"

namespace varsam::consent {

using testing::ConsentStack;
using testing::Patient;
using varsam::ReasonOf;

namespace {}  // namespace

TEST_CASE("three replicas on one database agree, and soon") {
  ConsentStack stack(3);
  stack.Prepare();
  const std::string anna = stack.Register("applicant");
  std::vector<absl::Duration> took;
  for (int round = 0; round < 60; ++round) {
    const bool give = round % 2 == 0;
    v1::RecordConsentResponse response;
    const auto request =
        stack.Choice(anna, "talent_pool", give ? v1::CHOICE_GIVEN : v1::CHOICE_WITHDRAWN);
    REQUIRE(stack.stub(round % 3).RecordConsent(Patient().get(), request, &response).ok());
    const absl::Duration start = MonotonicNow();
    for (int replica = 0; replica < 3; ++replica) {
      const std::string reason = stack.Ask(anna, "talent_pool", response.revision(), "", replica);
      CHECK(reason == (give ? "ALLOW_CONSENT" : "CONSENT_WITHDRAWN"));
    }
    took.push_back(MonotonicNow() - start);
  }
  std::sort(took.begin(), took.end());
  std::printf("propagation to all of 3 replicas: median %.1f ms, longest of 60 %.1f ms\n",
              absl::ToDoubleMilliseconds(took[30]), absl::ToDoubleMilliseconds(took.back()));
  CHECK(took.back() < absl::Seconds(1));
}

TEST_CASE("a connection killed at COMMIT loses and doubles nothing") {
  ConsentStack stack;
  Gate gate(stack.ground().database().socket_directory());
  stack.adjust = [&](Config& config) { config.host.database += " host=" + gate.directory(); };
  stack.Restart();
  stack.Prepare();
  const std::string anna = stack.Register("applicant");
  const auto cut = GENERATE(Gate::Cut::kBeforeReply, Gate::Cut::kBeforeForwarding);
  const auto request = stack.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  gate.CutNext(cut);
  v1::RecordConsentResponse first, replay;
  absl::Status status = rpc::FromGrpc(stack.stub().RecordConsent(Patient().get(), request, &first));
  INFO(status.ToString());
  CHECK(status.ok());
  CHECK(gate.cuts() == 1);
  REQUIRE(stack.stub().RecordConsent(Patient().get(), request, &replay).ok());
  CHECK(replay.event().id() == first.event().id());
  CHECK(replay.revision() == first.revision());
  v1::ListConsentsRequest list;
  list.set_subject_id(anna);
  v1::ListConsentsResponse listed;
  REQUIRE(stack.stub().ListConsents(Patient().get(), list, &listed).ok());
  CHECK(listed.events_size() == 1);
  CHECK(stack.Ask(anna, "talent_pool", first.revision(), "", 0) == "ALLOW_CONSENT");
}

TEST_CASE("a watcher is told of changes with a revision that shows them") {
  ConsentStack stack(2);
  stack.Prepare();
  const std::string anna = stack.Register("applicant"), bo = stack.Register("applicant");
  v1::WatchDecisionsRequest watch;
  watch.add_subject_ids(anna);
  const auto context = Patient();
  const auto stream = stack.stub(1).WatchDecisions(context.get(), watch);
  v1::WatchDecisionsResponse change;
  REQUIRE(stream->Read(&change));
  CHECK(change.subject_ids_size() == 0);  // at the start: everything may have changed
  v1::RecordConsentResponse response;
  REQUIRE(stack.stub()
              .RecordConsent(Patient().get(), stack.Choice(bo, "talent_pool", v1::CHOICE_GIVEN),
                             &response)
              .ok());
  REQUIRE(stack.stub()
              .RecordConsent(Patient().get(), stack.Choice(anna, "talent_pool", v1::CHOICE_GIVEN),
                             &response)
              .ok());
  REQUIRE(stream->Read(&change));
  REQUIRE(change.subject_ids_size() == 1);
  CHECK(change.subject_ids(0) == anna);
  CHECK(change.revision() >= response.revision());
  CHECK(stack.Ask(anna, "talent_pool", change.revision(), "", 1) == "ALLOW_CONSENT");
  context->TryCancel();
}

TEST_CASE("a watcher that comes back, to either replica, is told only of what it has missed") {
  ConsentStack stack(2);
  stack.Prepare();
  const std::string anna = stack.Register("applicant"), bo = stack.Register("applicant");
  const auto choose = [&](const std::string& subject) {
    v1::RecordConsentResponse response;
    REQUIRE(stack.stub()
                .RecordConsent(Patient().get(),
                               stack.Choice(subject, "talent_pool", v1::CHOICE_GIVEN), &response)
                .ok());
    return response.revision();
  };
  const auto first = [&](int replica, const v1::WatchDecisionsRequest& watch) {
    const auto context = Patient();
    const auto stream = stack.stub(replica).WatchDecisions(context.get(), watch);
    v1::WatchDecisionsResponse told;
    REQUIRE(stream->Read(&told));
    context->TryCancel();
    return told;
  };
  v1::WatchDecisionsRequest greeting;
  greeting.set_heartbeat(true);  // the view is told at once
  const auto missed = [&](int replica, const v1::View& after) {
    v1::WatchDecisionsRequest watch = greeting;
    *watch.mutable_after_view() = after;
    const v1::WatchDecisionsResponse told = first(replica, watch);
    std::set<std::string> people(told.subject_ids().begin(), told.subject_ids().end());
    if (people.empty() && !told.unchanged()) people.insert("everybody");
    return people;
  };
  for (const int replica : {0, 1}) {
    for (const int before : {0, 1}) {
      // Until both have read the policy and the people of this test.
      CHECK(testing::Eventually([&] {
        stack.Ask(bo, "talent_pool", choose(bo), "", before);
        const v1::View view = first(before, greeting).view();
        const uint64_t now = choose(anna);
        CHECK(stack.Ask(anna, "talent_pool", now, "", replica) == "ALLOW_CONSENT");
        return missed(replica, view) == std::set<std::string>{anna};
      }));
    }
    CHECK(missed(replica, {}) == std::set<std::string>{"everybody"});
    v1::WatchDecisionsRequest watch;
    watch.set_after_revision(1);  // a revision alone: no less than what was missed
    const v1::WatchDecisionsResponse told = first(replica, watch);
    CHECK((told.subject_ids().empty() ||
           std::set<std::string>(told.subject_ids().begin(), told.subject_ids().end())
               .contains(anna)));
  }
}

}  // namespace varsam::consent
