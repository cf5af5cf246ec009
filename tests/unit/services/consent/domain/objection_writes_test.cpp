// The writes of objections, preferences, suppressions and the click in a mail.
#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "services/consent/domain/objection.h"
#include "services/consent/domain/preferences.h"

namespace varsam::consent {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);
const Uuid kFresh = NewUuidV7(kNow);

template <typename Outcome>
std::string Refusal(const absl::StatusOr<Outcome>& outcome) {
  return outcome.ok() ? "accepted" : varsam::ReasonOf(outcome.status());
}

}  // namespace

TEST_CASE("an objection is to marketing or to purposes, never both, never from the future") {
  RecordObjection ask{.subject = SubjectId(NewUuidV4()), .marketing_scope = "email"};
  CHECK(Refusal(Decide(ask, {}, kNow, kFresh)) == "accepted");
  ask.marketing_scope = "pigeon";
  CHECK(Refusal(Decide(ask, {}, kNow, kFresh)) == "INVALID_FIELD");
  ask.marketing_scope = "";
  CHECK(Refusal(Decide(ask, {}, kNow, kFresh)) == "INVALID_FIELD");
  ask.purposes = {"service_improvement", "all"};
  CHECK(Refusal(Decide(ask, {{true, false}}, kNow, kFresh)) == "accepted");
  CHECK(Refusal(Decide(ask, {{false, false}}, kNow, kFresh)) == "PURPOSE_UNKNOWN");
  ask.marketing_scope = "all";
  CHECK(Refusal(Decide(ask, {{true, true}}, kNow, kFresh)) == "INVALID_FIELD");
  ask.purposes.clear();
  ask.at = kNow + absl::Seconds(1);
  CHECK(Refusal(Decide(ask, {}, kNow, kFresh)) == "INVALID_FIELD");
}

TEST_CASE("only an open Art. 21(1) objection is decided, and rejecting needs grounds") {
  const Objection open{.id = kFresh, .purposes = {"all"}, .at = kNow};
  CHECK(Refusal(Decide(DecideObjection{kFresh, true, ""}, {}, kNow)) == "OBJECTION_UNKNOWN");
  const auto upheld = Decide(DecideObjection{kFresh, true, ""}, {open}, kNow);
  REQUIRE(upheld.ok());
  CHECK(upheld->objection.outcome == "upheld");
  CHECK(upheld->objection.decided_at == kNow);
  CHECK(Refusal(Decide(DecideObjection{kFresh, true, ""}, {upheld->objection}, kNow)) ==
        "OBJECTION_DECIDED");
  CHECK(Refusal(Decide(DecideObjection{kFresh, false, ""}, {open}, kNow)) == "INVALID_FIELD");
  CHECK(Refusal(Decide(DecideObjection{kFresh, false, "sealed"}, {open}, kNow)) == "accepted");
  const Objection marketing{.id = kFresh, .marketing_scope = "all", .at = kNow};
  CHECK(Refusal(Decide(DecideObjection{kFresh, false, "sealed"}, {marketing}, kNow)) ==
        "OBJECTION_NOT_ASSESSED");
}

TEST_CASE("a second click changes nothing, unless the person consented in between") {
  const Unsubscribe click{SubjectId(NewUuidV4()), false};
  const ObjectionOutcome first = Decide(click, {}, kNow, kFresh);
  CHECK(first.append);
  CHECK(first.objection.marketing_scope == "email");
  CHECK_FALSE(Decide(click, {first.objection, std::nullopt}, kNow, kFresh).append);
  CHECK_FALSE(Decide(click, {first.objection, kNow - absl::Hours(1)}, kNow, kFresh).append);
  CHECK(Decide(click, {first.objection, kNow + absl::Hours(1)}, kNow + absl::Hours(2), kFresh)
            .append);
  CHECK(Decide(Unsubscribe{click.subject, true}, {}, kNow, kFresh).objection.marketing_scope ==
        "all");
}

TEST_CASE("preferences change by mask and etag; what is named twice or unknown is refused") {
  UpdatePreferences ask{.subject = SubjectId(NewUuidV4()),
                        .topics = std::vector<TopicPreference>{{"nyheter", false, {}}}};
  UpdatePreferencesFacts facts{.current = {.subject = ask.subject},
                               .known_topics = {"guider", "nyheter"}};
  const auto first = Decide(ask, facts, kNow);
  REQUIRE(first.ok());
  CHECK(first->append);
  CHECK(first->preferences.revision == 1);
  CHECK(first->preferences.topics == std::vector<TopicPreference>{{"nyheter", false, kNow}});
  facts.current = first->preferences;
  const auto same = Decide(ask, facts, kNow + absl::Hours(1));
  REQUIRE(same.ok());
  CHECK_FALSE(same->append);
  CHECK(same->preferences == first->preferences);
  ask.revision = 0;
  CHECK(Refusal(Decide(ask, facts, kNow)) == "ETAG_MISMATCH");
  ask.revision = 1;
  ask.topics->push_back({"nyheter", true, {}});
  CHECK(Refusal(Decide(ask, facts, kNow)) == "INVALID_FIELD");
  ask.topics = std::vector<TopicPreference>{{"kakor", true, {}}};
  CHECK(Refusal(Decide(ask, facts, kNow)) == "TOPIC_UNKNOWN");
}

TEST_CASE("a topic stands for each channel; a word that another channel disputes is said again") {
  UpdatePreferences ask{.subject = SubjectId(NewUuidV4()),
                        .topics = std::vector<TopicPreference>{{"nyheter", true, {}}}};
  UpdatePreferencesFacts facts{.current = {.subject = ask.subject}, .known_topics = {"nyheter"}};
  facts.current = Decide(ask, facts, kNow)->preferences;
  ask.topics = std::vector<TopicPreference>{{"nyheter", false, {}, "email"}};
  facts.current = Decide(ask, facts, kNow + absl::Hours(1))->preferences;
  REQUIRE(facts.current.topics.size() == 2);
  ask.topics = std::vector<TopicPreference>{{"nyheter", true, {}}};
  const auto again = Decide(ask, facts, kNow + absl::Hours(2));
  REQUIRE(again.ok());
  CHECK(again->append);
  CHECK(again->preferences.topics[0].at == kNow + absl::Hours(2));
  ask.topics = std::vector<TopicPreference>{{"nyheter", true, {}, "pigeon"}};
  CHECK(Refusal(Decide(ask, facts, kNow)) == "INVALID_FIELD");
}

TEST_CASE("the one stop moves when it is asked for again, and only then") {
  UpdatePreferences ask{.subject = SubjectId(NewUuidV4()), .global_stop = true};
  UpdatePreferencesFacts facts{.current = {.subject = ask.subject}, .known_topics = {"nyheter"}};
  facts.current = Decide(ask, facts, kNow)->preferences;
  CHECK(facts.current.global_stop_at == kNow);
  const auto again = Decide(ask, facts, kNow + absl::Hours(1));
  REQUIRE(again.ok());
  CHECK(again->append);
  CHECK(again->preferences.global_stop_at == kNow + absl::Hours(1));
  ask.global_stop.reset();
  ask.topics = std::vector<TopicPreference>{{"nyheter", false, {}}};
  CHECK(Decide(ask, facts, kNow + absl::Hours(2))->preferences.global_stop_at == kNow);
}

TEST_CASE("a suppression is one, however often it is added") {
  AddSuppression ask{1, std::string(16, 'h'), "all"};
  const auto first = Decide(ask, AddSuppressionFacts{}, kFresh);
  REQUIRE(first.ok());
  CHECK(first->append);
  const auto again = Decide(ask, AddSuppressionFacts{kFresh, 7}, NewUuidV7(kNow));
  REQUIRE(again.ok());
  CHECK_FALSE(again->append);
  CHECK(again->id == kFresh);
  ask.scope = "some";
  CHECK(Refusal(Decide(ask, AddSuppressionFacts{}, kFresh)) == "INVALID_FIELD");
}

}  // namespace varsam::consent
