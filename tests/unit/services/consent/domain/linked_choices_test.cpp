// A person and a linked browser as one history: of a yes and a no the no stands.
#include "services/consent/domain/linked_choices.h"

#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "services/consent/domain/link_subjects.h"
#include "tests/support/decide_case.h"

namespace varsam::consent {
namespace {

using Type = ConsentEventType;
using testing::At;
using testing::DecideCase;

const absl::Time kSince = At("2025-06-01");

ChoicesOf View(const DecideCase& c) {
  return {c.events, c.objections, c.topics, c.li_objections, c.restrictions};
}

Decision AskJoined(const DecideCase& own, const DecideCase& other, const char* purpose,
                   absl::Time at) {
  DecideCase c;
  c.topic = own.topic;
  JoinedChoices joined = JoinLinked(View(own), View(other), kSince);
  c.events = std::move(joined.consents);
  c.objections = std::move(joined.objections);
  c.topics = std::move(joined.topics);
  c.li_objections = std::move(joined.li_objections);
  c.restrictions = std::move(joined.restrictions);
  return c.Ask(purpose, at);
}

absl::Time AnyTime(const char* from, int days) {
  return At(from) + absl::Hours(*rc::gen::inRange(0, 24 * days));
}

void AddHistory(DecideCase& c, const char* purpose) {
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
    ConsentEvent& event =
        c.Event(purpose, static_cast<Type>(*rc::gen::inRange(0, 6)), AnyTime("2025-01-01", 150));
    event.verified = *rc::gen::arbitrary<bool>();
    event.mechanism = *rc::gen::arbitrary<bool>() ? Mechanism::kButton : Mechanism::kScroll;
    event.evidence = *rc::gen::arbitrary<bool>();
  }
  for (int i = *rc::gen::inRange(0, 2); i > 0; --i) {
    c.objections.push_back({ObjectionScope::kAll, AnyTime("2025-01-01", 150), {}});
  }
}

}  // namespace

TEST_CASE("a refusal in the browser stands over the account's consent, and the other way round") {
  DecideCase account, browser;
  account.Give("web_statistics", At("2025-05-01"));
  browser.Event("web_statistics", Type::kRefused, At("2025-04-01"));
  const absl::Time at = At("2025-07-01");
  CHECK(AskJoined(account, browser, "web_statistics", at).reason == Reason::kConsentRefused);
  CHECK(AskJoined(browser, account, "web_statistics", at).reason == Reason::kConsentRefused);
  browser.Give("web_statistics", At("2025-06-02"));  // acted again, after the link
  CHECK(AskJoined(account, browser, "web_statistics", at).reason == Reason::kAllowConsent);
  CHECK(AskJoined(browser, account, "web_statistics", at).reason == Reason::kAllowConsent);
}

TEST_CASE("what only the browser was asked counts for the person") {
  DecideCase account, browser;
  browser.Give("web_statistics", At("2025-05-01"));
  CHECK(AskJoined(account, browser, "web_statistics", At("2025-07-01")).reason ==
        Reason::kAllowConsent);
}

TEST_CASE("a browser's earlier consent lifts no objection of the person") {
  DecideCase account, browser;
  account.objections.push_back({ObjectionScope::kAll, At("2025-03-01"), {}});
  browser.Give("cookie_marketing", At("2025-05-01"));
  CHECK(AskJoined(account, browser, "cookie_marketing", At("2025-07-01")).reason ==
        Reason::kObjectionMarketing);
  CHECK(AskJoined(browser, account, "cookie_marketing", At("2025-07-01")).reason ==
        Reason::kObjectionMarketing);
}

TEST_CASE("a topic switched off on either side is off") {
  DecideCase account, browser;
  account.topic = "nyheter";
  account.topics = {{"nyheter", false, At("2025-03-01"), {}}};
  browser.topics = {{"nyheter", true, At("2025-05-01"), {}}};
  CHECK(AskJoined(account, browser, "marketing_email", At("2025-07-01")).reason ==
        Reason::kTopicOptedOut);
  std::swap(account.topics, browser.topics);
  CHECK(AskJoined(account, browser, "marketing_email", At("2025-07-01")).reason ==
        Reason::kTopicOptedOut);
}

TEST_CASE("a stop that stood on either side when the link was made denies until the person acts") {
  CHECK(rc::check([] {
    const char* purpose = "cookie_marketing";
    DecideCase own, other;
    AddHistory(own, purpose);
    AddHistory(other, purpose);
    DecideCase& stopped = *rc::gen::arbitrary<bool>() ? own : other;
    if (*rc::gen::arbitrary<bool>()) {
      stopped.objections.push_back({ObjectionScope::kAll, At("2025-05-31"), {}});
    } else {
      stopped.Event(purpose, static_cast<Type>(*rc::gen::inRange(3, 6)), At("2025-05-31"));
      // A claim of consent without an act does not end the stop.
      if (*rc::gen::arbitrary<bool>()) stopped.Event(purpose, Type::kGiven, At("2025-05-31 12:00"));
    }
    const absl::Time at = AnyTime("2025-06-01", 300);
    RC_ASSERT(!AskJoined(own, other, purpose, at).allowed());
    RC_ASSERT(!AskJoined(other, own, purpose, at).allowed());
  }));
}

TEST_CASE("a browser is one person's at a time, and a link ends once") {
  const SubjectId person{NewUuidV4()}, browser{NewUuidV4()};
  const auto refusal = [](const auto& outcome) {
    return outcome.ok() ? "accepted" : varsam::ReasonOf(outcome.status());
  };
  LinkSubjects ask{person, browser, "sign_in", "session 7"};
  const Uuid id = NewUuidV7(kSince);
  const auto made = Decide(ask, LinkSubjectsFacts{}, kSince, id);
  REQUIRE(made.ok());
  CHECK(refusal(Decide(ask, {.standing = made->link}, kSince, id)) == "LINK_EXISTS");
  CHECK(refusal(Decide(ask, {.browser_is_person = true}, kSince, id)) == "LINK_EXISTS");
  CHECK(refusal(Decide(ask, {.person_is_browser = true}, kSince, id)) == "LINK_EXISTS");
  ask.browser = person;
  CHECK(refusal(Decide(ask, LinkSubjectsFacts{}, kSince, id)) == "INVALID_FIELD");
  ask = {person, browser, "sign_in", ""};
  CHECK(refusal(Decide(ask, LinkSubjectsFacts{}, kSince, id)) == "INVALID_FIELD");
  CHECK(refusal(Decide(UndoLink{id}, UndoLinkFacts{}, kSince)) == "LINK_UNKNOWN");
  const auto undone = Decide(UndoLink{id}, {made->link}, kSince + absl::Hours(1));
  REQUIRE(undone.ok());
  CHECK(undone->link.undone_at == kSince + absl::Hours(1));
  CHECK(refusal(Decide(UndoLink{id}, {undone->link}, kSince)) == "LINK_UNDONE");
}

}  // namespace varsam::consent
