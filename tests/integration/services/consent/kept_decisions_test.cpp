// Decisions kept in the process that asks (libs/client): never older than what the service has told
// of, and not kept when it cannot be known.
#include <catch2/catch.hpp>

#include <cstdio>

#include "libs/base/error.h"
#include "libs/client/decisions.h"
#include "tests/support/consent_stack.h"
#include "varsam/requests/v1/requests_entry.pb.h"

namespace varsam::consent {
namespace {

using client::Decisions;
using testing::ConsentStack;
using testing::FreshId;
using testing::Patient;

struct Suite : ConsentStack {
  explicit Suite(int replicas = 1) : ConsentStack(replicas) {
    Prepare();
    anna = Register("applicant");
    subject = *SubjectId::Parse(anna);
  }
  std::shared_ptr<grpc::Channel> Channel(int replica = 0) {
    return ground().ChannelAs("gateway", app(replica).host().server().port());
  }
  uint64_t Choose(v1::Choice choice, int replica = 0) {
    v1::RecordConsentResponse response;
    REQUIRE(stub(replica)
                .RecordConsent(Patient().get(), Choice(anna, "talent_pool", choice), &response)
                .ok());
    return response.revision();
  }
  std::string Decide(Decisions& decisions, Decisions::QuestionId question) {
    const auto answer =
        decisions.Decide(subject, question, SystemClock().Now() + absl::Seconds(20));
    return answer.ok() ? answer->reason() : varsam::ReasonOf(answer.status());
  }
  std::string anna;
  SubjectId subject;
};

}  // namespace

TEST_CASE("an answer is kept until the person, another system or the policy changes it") {
  Suite suite;
  suite.Choose(v1::CHOICE_GIVEN);
  Decisions decisions({}, suite.Channel(), SystemClock());
  const auto pool = decisions.Ask({.purpose = "talent_pool", .data = {"cv"}});
  CHECK(decisions.Ask({.purpose = "talent_pool", .data = {"cv"}}) == pool);
  // Without a watch nothing is kept.
  CHECK(suite.Decide(decisions, pool) == "ALLOW_CONSENT");
  CHECK_FALSE(decisions.Find(suite.subject, pool).has_value());
  decisions.Start();
  REQUIRE(testing::Eventually([&] { return decisions.fresh(); }));
  const auto kept = [&] {
    suite.Decide(decisions, pool);
    return decisions.Find(suite.subject, pool).has_value();
  };
  REQUIRE(testing::Eventually(kept));
  CHECK(decisions.Find(suite.subject, pool)->reason() == "ALLOW_CONSENT");
  CHECK(decisions.Find(suite.subject, pool)->basis() == "6(1)(a)");
  CHECK_FALSE(decisions.Find(SubjectId(NewUuidV4()), pool).has_value());

  suite.Choose(v1::CHOICE_WITHDRAWN);
  REQUIRE(
      testing::Eventually([&] { return suite.Decide(decisions, pool) == "CONSENT_WITHDRAWN"; }));
  suite.Choose(v1::CHOICE_GIVEN);
  REQUIRE(testing::Eventually([&] { return suite.Decide(decisions, pool) == "ALLOW_CONSENT"; }));
  REQUIRE(testing::Eventually(kept));

  requests::v1::RequestsEntry restriction;
  auto* changed = restriction.mutable_restriction_changed();
  changed->set_subject_id(suite.anna);
  changed->set_case_id(FreshId());
  changed->mutable_from()->set_seconds(1'780'000'000);
  suite.requests().Append("restriction_changed", restriction.SerializeAsString());
  REQUIRE(testing::Eventually([&] { return suite.Decide(decisions, pool) == "RESTRICTED"; }));
  REQUIRE(testing::Eventually(kept));
  suite.PublishNotice(true);  // everybody may be concerned
  REQUIRE(testing::Eventually([&] { return decisions.answers() == 0 || kept(); }));
}

TEST_CASE("a whole answer is given again with its evidence, never past what it is asked for") {
  Suite suite;
  suite.Choose(v1::CHOICE_GIVEN);
  Decisions decisions({.questions_max = 2}, suite.Channel(), SystemClock());
  decisions.Start();
  REQUIRE(testing::Eventually([&] { return decisions.fresh(); }));
  v1::DecideRequest request;
  request.mutable_query()->set_subject_id(suite.anna);
  request.mutable_query()->set_purpose("talent_pool");
  request.mutable_query()->add_data_categories("cv");
  v1::DecideResponse told;
  const auto ask = [&] {
    v1::DecideRequest keeping = request;
    keeping.set_keep(true);
    told.Clear();
    REQUIRE(suite.stub().Decide(Patient().get(), keeping, &told).ok());
    decisions.KeepWhole(keeping, told);
    return decisions.FindWhole(request).has_value();
  };
  CHECK_FALSE(decisions.FindWhole(request).has_value());
  REQUIRE(testing::Eventually(ask));
  auto given = decisions.FindWhole(request);
  REQUIRE(given.has_value());
  CHECK(given->decision().reason() == "ALLOW_CONSENT");
  REQUIRE(given->decision().evidence_size() == 1);
  CHECK(given->decision().evidence(0) == told.decision().evidence(0));
  CHECK(given->decision().at().seconds() >= told.decision().at().seconds());
  CHECK_FALSE(given->decision().has_holds_until());
  CHECK(given->revision() >= told.revision());

  v1::DecideRequest other = request;
  other.set_at_least_revision(given->revision() + 1);
  CHECK_FALSE(decisions.FindWhole(other).has_value());
  other = request;
  other.set_keep(true);
  CHECK_FALSE(decisions.FindWhole(other).has_value());
  other = request;
  *other.mutable_query()->mutable_at() = told.decision().at();
  decisions.KeepWhole(other, told);
  CHECK_FALSE(decisions.FindWhole(other).has_value());
  // No more different questions than the bound.
  for (const char* category : {"name", "email"}) {
    other = request;
    other.mutable_query()->set_data_categories(0, category);
    decisions.KeepWhole(other, told);
    CHECK(decisions.FindWhole(other).has_value() == (std::string(category) == "name"));
  }

  decisions.Demand(suite.Choose(v1::CHOICE_WITHDRAWN));
  // Either silent or new, from the first question on.
  for (int i = 0; i < 1000; ++i) {
    const auto now = decisions.FindWhole(request);
    if (now.has_value()) CHECK(now->decision().reason() == "CONSENT_WITHDRAWN");
  }
  REQUIRE(testing::Eventually(ask));
  CHECK(decisions.FindWhole(request)->decision().reason() == "CONSENT_WITHDRAWN");
}

TEST_CASE("what nobody knows of is not kept; a service that is away is not answered for") {
  Suite suite;
  suite.Choose(v1::CHOICE_GIVEN);
  Decisions decisions({}, suite.Channel(), SystemClock());
  const auto pool = decisions.Ask({.purpose = "talent_pool"});
  decisions.Start();
  REQUIRE(testing::Eventually([&] {
    suite.Decide(decisions, pool);
    return decisions.Find(suite.subject, pool).has_value();
  }));
  const SubjectId unknown(NewUuidV4());
  const auto answer = decisions.Decide(unknown, pool, SystemClock().Now() + absl::Seconds(20));
  REQUIRE(answer.ok());
  CHECK(answer->reason() == "INDETERMINATE");
  CHECK_FALSE(answer->allowed());
  CHECK_FALSE(decisions.Find(unknown, pool).has_value());

  suite.Stop(0);
  REQUIRE(testing::Eventually([&] { return !decisions.fresh(); }));
  CHECK_FALSE(decisions.Find(suite.subject, pool).has_value());
  CHECK_FALSE(
      decisions.Decide(suite.subject, pool, SystemClock().Now() + absl::Milliseconds(200)).ok());
}

TEST_CASE("an answer ends by the clock at the moment that the service gave") {
  Suite suite;
  suite.Choose(v1::CHOICE_GIVEN);
  ManualClock clock(SystemClock().Now());
  Decisions decisions({}, suite.Channel(), clock);
  const auto pool = decisions.Ask({.purpose = "talent_pool"});
  decisions.Start();
  REQUIRE(testing::Eventually([&] {
    suite.Decide(decisions, pool);
    return decisions.Find(suite.subject, pool).has_value();
  }));
  clock.Advance(absl::Hours(26));  // another day in Stockholm
  CHECK_FALSE(decisions.Find(suite.subject, pool).has_value());
}

TEST_CASE("withdrawn at one replica, denied in a process that watches another") {
  Suite suite(3);
  Decisions decisions({}, suite.Channel(2), SystemClock());
  const auto pool = decisions.Ask({.purpose = "talent_pool"});
  decisions.Start();
  REQUIRE(testing::Eventually([&] { return decisions.fresh(); }));
  std::vector<absl::Duration> took;
  for (int round = 0; round < 20; ++round) {
    suite.Choose(v1::CHOICE_GIVEN, round % 3);
    REQUIRE(testing::Eventually([&] {
      suite.Decide(decisions, pool);
      const auto known = decisions.Find(suite.subject, pool);
      return known && known->allowed();
    }));
    suite.Choose(v1::CHOICE_WITHDRAWN, (round + 1) % 3);
    const absl::Duration start = MonotonicNow();
    REQUIRE(
        testing::Eventually([&] { return suite.Decide(decisions, pool) == "CONSENT_WITHDRAWN"; }));
    took.push_back(MonotonicNow() - start);
  }
  std::sort(took.begin(), took.end());
  std::printf("withdrawal seen in process: median %.1f ms, longest of 20 %.1f ms\n",
              absl::ToDoubleMilliseconds(took[10]), absl::ToDoubleMilliseconds(took.back()));
  CHECK(took.back() < absl::Seconds(2));
}

}  // namespace varsam::consent
