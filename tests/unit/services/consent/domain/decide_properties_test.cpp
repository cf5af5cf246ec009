// Properties of the decision function over generated histories (DESIGN section 11.3 and 11.4).
#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "libs/calendar/stockholm.h"
#include "services/consent/domain/consent_state.h"
#include "services/consent/domain/standing_stops.h"
#include "tests/support/decide_case.h"

namespace varsam::consent {
namespace {

using Type = ConsentEventType;
using testing::At;
using testing::DecideCase;

constexpr const char* kConsentPurposes[] = {"web_statistics", "talent_pool", "cookie_marketing",
                                            "email_engagement_tracking", "marketing_email"};

absl::Time AnyTime() { return At("2024-01-01") + absl::Hours(*rc::gen::inRange(0, 24 * 1000)); }

Type AnyType() { return static_cast<Type>(*rc::gen::inRange(0, 6)); }

// A history of one purpose, of whatever kind.
void AddHistory(DecideCase& c, const char* purpose) {
  const int events = *rc::gen::inRange(0, 8);
  for (int i = 0; i < events; ++i) {
    ConsentEvent& event = c.Event(purpose, AnyType(), AnyTime());
    event.actor = static_cast<Actor>(*rc::gen::inRange(0, 3));
    event.verified = *rc::gen::arbitrary<bool>();
    event.mechanism = static_cast<Mechanism>(*rc::gen::inRange(0, 14));
    event.evidence = *rc::gen::arbitrary<bool>();
  }
  const int contacts = *rc::gen::inRange(0, 4);
  for (int i = 0; i < contacts; ++i) {
    c.contacts.push_back({*rc::gen::arbitrary<bool>(), AnyTime()});
  }
  if (*rc::gen::arbitrary<bool>()) c.ChangeNotice(purpose, AnyTime());
}

const char* AnyPurpose() { return kConsentPurposes[*rc::gen::inRange(0, 5)]; }

void AddAnything(DecideCase& c, const char* purpose) {
  AddHistory(c, purpose);
  c.facts.capacity = static_cast<Capacity>(*rc::gen::inRange(0, 4));
  const bool sale = *rc::gen::arbitrary<bool>();
  c.facts.soft_opt_in = {sale, sale, sale};
  const int objections = *rc::gen::inRange(0, 3);
  for (int i = 0; i < objections; ++i) {
    c.objections.push_back({static_cast<ObjectionScope>(*rc::gen::inRange(0, 3)), AnyTime(), {}});
  }
  if (*rc::gen::arbitrary<bool>()) c.restrictions.push_back({AnyTime(), std::nullopt, {}});
  if (*rc::gen::arbitrary<bool>()) c.facts.erased_at = AnyTime();
}

}  // namespace

TEST_CASE("after a withdrawal the purpose is denied until the person acts again") {
  CHECK(rc::check([] {
    const char* purpose = AnyPurpose();
    DecideCase c;
    AddHistory(c, purpose);
    const absl::Time withdrawn = AnyTime();
    c.Event(purpose, Type::kWithdrawn, withdrawn);
    // What remains after it is no act of the person that gives: requests, refusals, invalidations,
    // imports that prove nothing, contacts.
    std::erase_if(c.events,
                  [&](const ConsentEvent& event) { return event.at > withdrawn && Lifts(event); });
    c.events.resize(KeepStops(*testing::LexiumConsent().Find(purpose), c.events));
    const absl::Time at = withdrawn + absl::Seconds(*rc::gen::inRange(0, 100'000'000));
    RC_ASSERT(!c.Ask(purpose, at).allowed());
  }));
}

TEST_CASE("an invalidation by the controller does not bring back what the person withdrew") {
  DecideCase c;
  c.Give("marketing_email", At("2026-01-01"));
  c.Event("marketing_email", Type::kWithdrawn, At("2026-02-01"));
  c.Event("marketing_email", Type::kInvalidated, At("2026-03-01"));
  c.Event("marketing_email", Type::kGiven, At("2026-03-02")).actor = Actor::kImport;  // unproven
  // The function by itself takes the latest event, whoever made it (FORMAT 2.6, 2.8).
  CHECK(c.Ask("marketing_email", At("2026-04-01")).allowed());
  const Purpose& purpose = *testing::LexiumConsent().Find("marketing_email");
  c.events.resize(KeepStops(purpose, c.events));
  CHECK(c.events.size() == 2);
  CHECK(c.Reason("marketing_email", At("2026-04-01")) == "CONSENT_WITHDRAWN");
  CHECK(c.Reason("marketing_email", At("2026-01-15")) == "ALLOW_CONSENT");
  // After the person has acted again the controller's word counts again.
  c.Give("marketing_email", At("2026-05-01"));
  c.Event("marketing_email", Type::kInvalidated, At("2026-06-01"));
  CHECK(KeepStops(purpose, c.events) == 4);
}

TEST_CASE("no history without an act that can give consent allows by consent") {
  CHECK(rc::check([] {
    const char* purpose = AnyPurpose();
    DecideCase c;
    AddHistory(c, purpose);
    for (ConsentEvent& event : c.events) {
      const bool act = (event.type == Type::kGiven || event.type == Type::kRenewed) &&
                       CanGiveConsent(event.mechanism);
      if (act) event.mechanism = Mechanism::kContinuedUse;
    }
    RC_ASSERT(c.Ask(purpose, AnyTime()).reason != Reason::kAllowConsent);
  }));
}

TEST_CASE("another objection never turns a denial into a permission") {
  CHECK(rc::check([] {
    const char* purpose = AnyPurpose();
    DecideCase c;
    AddAnything(c, purpose);
    const absl::Time at = AnyTime();
    const bool before = c.Ask(purpose, at).allowed();
    c.objections.push_back({static_cast<ObjectionScope>(*rc::gen::inRange(0, 3)), AnyTime(), {}});
    const bool marketing = c.Ask(purpose, at).allowed();
    RC_ASSERT(before || !marketing);
    LiObjection objection;
    objection.all_purposes = true;
    objection.received_at = AnyTime();
    c.li_objections.push_back(objection);
    RC_ASSERT(marketing || !c.Ask(purpose, at).allowed());
  }));
}

TEST_CASE("a missing fact never turns a denial into a permission") {
  CHECK(rc::check([] {
    const char* purpose = AnyPurpose();
    DecideCase c;
    AddAnything(c, purpose);
    const absl::Time at = AnyTime();
    const Decision before = c.Ask(purpose, at);
    c.facts.unavailable.Add(static_cast<Fact>(*rc::gen::inRange(0, kFactCount)));
    const Decision after = c.Ask(purpose, at);
    RC_ASSERT(before.allowed() || !after.allowed());
    // Where it is read it decides; where it is not read it changes nothing.
    RC_ASSERT(after.missing || after.reason == before.reason);
    RC_ASSERT(!after.missing || after.step <= before.step);
  }));
}

TEST_CASE("contacts renew as if gone through in order of time") {
  CHECK(rc::check([] {
    DecideCase c;
    const absl::Time given = c.Give("talent_pool", At("2018-01-31 20:00")).at;
    // Close together around the ends of months, where periods clamp, and years apart.
    for (int i = *rc::gen::inRange(0, 12); i > 0; --i) {
      const auto day = calendar::AddMonths(testing::Day("2018-01-31"), *rc::gen::inRange(0, 96));
      c.contacts.push_back(
          {*rc::gen::inRange(0, 5) != 0, calendar::StartOfDay(day - *rc::gen::inRange(0, 4)) +
                                             absl::Hours(*rc::gen::inRange(0, 24))});
    }
    const absl::Time at = given + absl::Hours(24 * *rc::gen::inRange(0, 4000));
    std::vector<Contact> ordered = c.contacts;
    std::sort(ordered.begin(), ordered.end(),
              [](const Contact& a, const Contact& b) { return a.at < b.at; });
    absl::Time end = calendar::AddPeriod(given, calendar::Months(24));
    for (const Contact& contact : ordered) {
      if (!contact.two_way || contact.at <= given || contact.at > at || contact.at >= end) continue;
      end = std::max(end, calendar::AddPeriod(contact.at, calendar::Months(24)));
    }
    c.Ask("talent_pool", at);
    const ConsentState state =
        ConsentStateAt(*testing::LexiumConsent().Find("talent_pool"), "", at, c.facts);
    RC_ASSERT(state.expires_at == end);
  }));
}

TEST_CASE("the order of the lists carries no meaning") {
  CHECK(rc::check([] {
    const char* purpose = AnyPurpose();
    DecideCase c;
    AddAnything(c, purpose);
    const absl::Time at = AnyTime();
    const Reason before = c.Ask(purpose, at).reason;
    std::reverse(c.contacts.begin(), c.contacts.end());
    std::reverse(c.objections.begin(), c.objections.end());
    std::reverse(c.events.begin(), c.events.end());
    const bool two_stops_at_once = [&] {
      for (const ConsentEvent& a : c.events) {
        for (const ConsentEvent& b : c.events) {
          if (&a != &b && a.at == b.at) return true;
        }
      }
      return false;
    }();
    RC_PRE(!two_stops_at_once);
    RC_ASSERT(c.Ask(purpose, at).reason == before);
  }));
}

}  // namespace varsam::consent
