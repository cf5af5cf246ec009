#include "services/consent/domain/consent_state.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/decide_case.h"

namespace varsam::consent {
namespace {

using Type = ConsentEventType;
using testing::At;
using testing::DecideCase;

constexpr char kWeb[] = "web_statistics";  // valid P12M
constexpr char kPool[] = "talent_pool";    // valid P24M, renewed by contact
constexpr char kShare[] = "third_party_disclosure";

}  // namespace

TEST_CASE("a consent lives to the second before its end, on the Stockholm clock") {
  DecideCase c;
  c.Give(kWeb, At("2025-03-10 02:30"));
  CHECK(c.Reason(kWeb, At("2025-03-10 02:29:59")) == "NO_CONSENT");
  CHECK(c.Reason(kWeb, At("2025-03-10 02:30")) == "ALLOW_CONSENT");
  CHECK(c.Reason(kWeb, At("2026-03-10 02:29:59")) == "ALLOW_CONSENT");
  CHECK(c.Reason(kWeb, At("2026-03-10 02:30")) == "CONSENT_EXPIRED");
}

TEST_CASE("the end falls into the skipped hour: it is the moment of the change") {
  // 2026-03-29 02:30 does not exist; the clock jumps from 02:00 to 03:00, at 01:00 UTC.
  DecideCase c;
  c.Give(kWeb, At("2025-03-29 02:30"));
  const absl::Time change = absl::FromCivil(absl::CivilSecond(2026, 3, 29, 1), absl::UTCTimeZone());
  CHECK(c.Reason(kWeb, change - absl::Seconds(1)) == "ALLOW_CONSENT");
  CHECK(c.Reason(kWeb, change) == "CONSENT_EXPIRED");
}

TEST_CASE("the end falls into the repeated hour: its first pass counts") {
  DecideCase c;
  c.Give(kWeb, At("2025-10-25 02:30"));
  const absl::Time first =
      absl::FromCivil(absl::CivilSecond(2026, 10, 25, 0, 30), absl::UTCTimeZone());
  CHECK(c.Reason(kWeb, first - absl::Seconds(1)) == "ALLOW_CONSENT");
  CHECK(c.Reason(kWeb, first) == "CONSENT_EXPIRED");
}

TEST_CASE("a consent of leap day ends on 28 February") {
  DecideCase c;
  c.Give(kWeb, At("2024-02-29 12:00"));
  CHECK(c.Reason(kWeb, At("2025-02-28 11:59:59")) == "ALLOW_CONSENT");
  CHECK(c.Reason(kWeb, At("2025-02-28 12:00")) == "CONSENT_EXPIRED");
}

TEST_CASE("at equal timestamps a stop goes before a consent, in any order of the list") {
  for (const Type stop : {Type::kRefused, Type::kWithdrawn, Type::kInvalidated}) {
    DecideCase c;
    c.Give(kWeb, At("2026-03-01 10:00"));
    c.Event(kWeb, stop, At("2026-03-01 10:00"));
    const auto reason = c.Reason(kWeb, At("2026-03-02"));
    CHECK(reason != "ALLOW_CONSENT");
    std::reverse(c.events.begin(), c.events.end());
    CHECK(c.Reason(kWeb, At("2026-03-02")) == reason);
  }
}

TEST_CASE("of two stops of one second the person's own no is told, in any order of the list") {
  for (const Type own : {Type::kRefused, Type::kWithdrawn}) {
    DecideCase c;
    c.Event("marketing_email", own, At("2026-03-01 10:00"));
    c.Event("marketing_email", Type::kInvalidated, At("2026-03-01 10:00"));
    const auto reason = c.Reason("marketing_email", At("2026-03-02"));
    CHECK(reason == (own == Type::kRefused ? "CONSENT_REFUSED" : "CONSENT_WITHDRAWN"));
    std::reverse(c.events.begin(), c.events.end());
    CHECK(c.Reason("marketing_email", At("2026-03-02")) == reason);
  }
}

TEST_CASE("a request is set aside: it replaces no choice") {
  DecideCase c;
  c.Event(kWeb, Type::kRequested, At("2026-01-01"));
  CHECK(c.Reason(kWeb, At("2026-01-02")) == "CONSENT_PENDING");
  c.Event(kWeb, Type::kRefused, At("2026-01-03"));
  c.Event(kWeb, Type::kRequested, At("2026-02-01"));
  CHECK(c.Reason(kWeb, At("2026-02-02")) == "CONSENT_REFUSED");
}

TEST_CASE("the defects of one consent are told in order: mechanism, evidence, notice, age") {
  DecideCase c;
  ConsentEvent& event = c.Give(kWeb, At("2024-01-01"));
  event.mechanism = Mechanism::kScroll;
  event.evidence = false;
  c.ChangeNotice(kWeb, At("2024-06-01"));
  const absl::Time at = At("2026-01-01");
  CHECK(c.Reason(kWeb, at) == "CONSENT_INVALIDATED");
  c.events[0].mechanism = Mechanism::kBannerChoice;
  CHECK(c.Reason(kWeb, at) == "CONSENT_UNPROVEN");
  c.events[0].evidence = true;
  CHECK(c.Reason(kWeb, at) == "CONSENT_RENEWAL_REQUIRED");
  c.changes[0].material = false;
  CHECK(c.Reason(kWeb, at) == "CONSENT_EXPIRED");
}

TEST_CASE("a notice change of the same second comes after the consent; of another purpose never") {
  DecideCase c;
  c.Give(kWeb, At("2026-03-01 10:00"));
  c.ChangeNotice("cookie_marketing", At("2026-03-01 10:00"));
  CHECK(c.Reason(kWeb, At("2026-03-02")) == "ALLOW_CONSENT");
  c.ChangeNotice(kWeb, At("2026-03-01 09:59:59"));
  CHECK(c.Reason(kWeb, At("2026-03-02")) == "ALLOW_CONSENT");
  c.ChangeNotice(kWeb, At("2026-03-05"));
  CHECK(c.Reason(kWeb, At("2026-03-04 23:59:59")) == "ALLOW_CONSENT");
  CHECK(c.Reason(kWeb, At("2026-03-05")) == "CONSENT_RENEWAL_REQUIRED");
  c.changes.pop_back();
  c.ChangeNotice(kWeb, At("2026-03-01 10:00"));
  CHECK(c.Reason(kWeb, At("2026-03-02")) == "CONSENT_RENEWAL_REQUIRED");
}

TEST_CASE("only a contact before the end then in force renews, in any order of the list") {
  DecideCase c;
  c.Give(kPool, At("2020-01-10 12:00"));
  c.contacts = {{true, At("2023-11-01 12:00")}, {true, At("2021-12-01 12:00")}};
  CHECK(c.Reason(kPool, At("2025-10-31")) == "ALLOW_CONSENT");
  CHECK(c.Reason(kPool, At("2025-11-01 12:00")) == "CONSENT_EXPIRED");
  // At the very end it is too late.
  c.contacts = {{true, At("2022-01-10 12:00")}};
  CHECK(c.Reason(kPool, At("2022-01-10 12:00")) == "CONSENT_EXPIRED");
  // Not two-way, before the event, or after the moment asked about: no contact.
  c.contacts = {
      {false, At("2021-12-01")}, {true, At("2020-01-10 12:00")}, {true, At("2021-12-24")}};
  CHECK(c.Reason(kPool, At("2021-12-23")) == "ALLOW_CONSENT");
  CHECK(c.Reason(kPool, At("2022-02-01")) == "ALLOW_CONSENT");
  c.contacts.pop_back();
  CHECK(c.Reason(kPool, At("2022-02-01")) == "CONSENT_EXPIRED");
}

TEST_CASE("a contact never shortens a consent") {
  // Two days later, but a shorter February clamps it to an earlier time of the same day.
  DecideCase c;
  c.Give(kPool, At("2022-02-28 20:00"));
  c.contacts = {{true, At("2024-02-28 19:00")},
                {true, At("2024-02-28 19:30")},
                {true, At("2024-02-29 08:00")}};
  CHECK(c.Reason(kPool, At("2026-02-28 19:29:59")) == "ALLOW_CONSENT");
  CHECK(c.Reason(kPool, At("2026-02-28 19:30")) == "CONSENT_EXPIRED");
}

TEST_CASE("approvals are by name; a stop without a name stops everybody") {
  DecideCase c;
  c.recipient = Recipient{RecipientKind::kThirdParty, "acme", false};
  c.Give(kShare, At("2026-01-01"));
  CHECK(c.Reason(kShare, At("2026-02-01")) == "NO_CONSENT");
  c.Give(kShare, At("2026-01-02")).recipient = "acme";
  CHECK(c.Reason(kShare, At("2026-02-01")) == "ALLOW_CONSENT");
  c.Event(kShare, Type::kWithdrawn, At("2026-01-03")).recipient = "other";
  CHECK(c.Reason(kShare, At("2026-02-01")) == "ALLOW_CONSENT");
  c.Event(kShare, Type::kWithdrawn, At("2026-01-04"));
  CHECK(c.Reason(kShare, At("2026-02-01")) == "CONSENT_WITHDRAWN");
  c.Event(kShare, Type::kRequested, At("2026-01-05"));
  c.events.erase(c.events.begin(), c.events.begin() + 4);
  CHECK(c.Reason(kShare, At("2026-02-01")) == "NO_CONSENT");
}

TEST_CASE("a fact is missed only where the state of the consent reads it") {
  DecideCase c;
  c.facts.unavailable = {Fact::kNoticeChanges, Fact::kContacts};
  c.Event(kPool, Type::kRefused, At("2026-01-01"));
  CHECK(c.Reason(kPool, At("2026-02-01")) == "CONSENT_REFUSED");
  c.Give(kPool, At("2026-01-02")).evidence = false;
  CHECK(c.Reason(kPool, At("2026-02-01")) == "CONSENT_UNPROVEN");
  c.events.back().evidence = true;
  CHECK(c.Ask(kPool, At("2026-02-01")).missing == Fact::kNoticeChanges);
  c.facts.unavailable = {Fact::kContacts};
  CHECK(c.Ask(kPool, At("2026-02-01")).missing == Fact::kContacts);
  c.Give(kWeb, At("2026-01-02"));
  CHECK(c.Reason(kWeb, At("2026-02-01")) == "ALLOW_CONSENT");
  c.ChangeNotice(kPool, At("2026-01-20"));
  CHECK(c.Reason(kPool, At("2026-02-01")) == "CONSENT_RENEWAL_REQUIRED");
}

TEST_CASE("no mechanism but a clear act gives consent") {
  for (int i = 0; i <= static_cast<int>(Mechanism::kUnstated); ++i) {
    DecideCase c;
    c.Give(kWeb, At("2026-01-01")).mechanism = static_cast<Mechanism>(i);
    CHECK((c.Reason(kWeb, At("2026-01-02")) == "ALLOW_CONSENT") == (i < 5));
  }
}

}  // namespace varsam::consent
