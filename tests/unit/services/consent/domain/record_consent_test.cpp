// The write of a choice over plain facts: what is accepted, what is refused and with which reason.
#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "services/consent/domain/banner.h"
#include "services/consent/domain/confirm_consent.h"

namespace varsam::consent {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

struct Ground {
  Ground() {
    purpose.id = PurposeId("talent_pool");
    purpose.valid = calendar::Months(24);
    for (uint32_t version = 1; version <= 2; ++version) {
      notices.push_back({{"join", version, "sv", std::string(64, 'a')},
                         {"talent_pool"},
                         false,
                         kNow - absl::Hours(version == 1 ? 100 : 50)});
    }
    ask.subject = SubjectId(NewUuidV4());
    ask.purpose = purpose.id;
    ask.choice = ConsentEventType::kGiven;
    ask.mechanism = "unticked_box";
    ask.notice = notices[1].ref;
  }
  absl::StatusOr<RecordConsentOutcome> Run() {
    return Decide(ask, {nullptr, known ? &purpose : nullptr, &terms, notices}, kNow,
                  NewUuidV7(kNow));
  }
  std::string Refusal() {
    const auto outcome = Run();
    return outcome.ok() ? "accepted" : varsam::ReasonOf(outcome.status());
  }

  Purpose purpose;
  ConsentTerms terms;
  std::vector<Notice> notices;
  RecordConsent ask;
  bool known = true;
};

}  // namespace

TEST_CASE("a first grant is written down as it was given, with its end") {
  Ground ground;
  const auto outcome = ground.Run();
  REQUIRE(outcome.ok());
  CHECK(outcome->event.at == kNow);
  CHECK(outcome->event.recorded_at == kNow);
  CHECK(outcome->event.notice == ground.notices[1].ref);
  CHECK(outcome->event.proven());
  CHECK(outcome->event.expires_at.has_value());
}

TEST_CASE("withdrawing needs neither notice nor mechanism, and never ends by itself") {
  Ground ground;
  ground.ask.choice = GENERATE(ConsentEventType::kWithdrawn, ConsentEventType::kRefused);
  ground.ask.notice = {};
  ground.ask.mechanism = "";
  const auto outcome = ground.Run();
  REQUIRE(outcome.ok());
  CHECK_FALSE(outcome->event.expires_at.has_value());
}

TEST_CASE("a stale notice is refused for giving; what was shown then was in force then") {
  Ground ground;
  ground.ask.notice = ground.notices[0].ref;
  CHECK(ground.Refusal() == "NOTICE_STALE");
  ground.ask.at = kNow - absl::Hours(75);
  CHECK(ground.Refusal() == "accepted");
  ground.ask.at = kNow - absl::Hours(200);
  CHECK(ground.Refusal() == "NOTICE_STALE");
}

TEST_CASE("what is no consent is refused") {
  Ground ground;
  SECTION("another basis") {
    ground.purpose.basis = Basis::kContract;
    CHECK(ground.Refusal() == "PURPOSE_NOT_CONSENT_BASED");
    ground.purpose.email_marketing = true;
    CHECK(ground.Refusal() == "accepted");
  }
  SECTION("no such purpose") {
    ground.known = false;
    CHECK(ground.Refusal() == "PURPOSE_UNKNOWN");
  }
  SECTION("no clear act") {
    ground.ask.mechanism =
        GENERATE("continued_use", "scroll", "silence", "preticked", "email_received",
                 "browser_setting", "bundled_terms", "condition_of_service", "");
    CHECK(ground.Refusal() == "MECHANISM_NOT_CONSENT");
  }
  SECTION("the future") {
    ground.ask.at = kNow + absl::Microseconds(1);
    CHECK(ground.Refusal() == "INVALID_FIELD");
  }
  SECTION("another text") {
    ground.ask.notice.text_sha256[0] = 'b';
    CHECK(ground.Refusal() == "NOTICE_MISMATCH");
  }
  SECTION("a version nobody published") {
    ground.ask.notice.version = 3;
    CHECK(ground.Refusal() == "NOTICE_UNKNOWN");
  }
  SECTION("no text at all") {
    ground.ask.notice = {};
    CHECK(ground.Refusal() == "INVALID_FIELD");
    ground.ask.actor = Actor::kImport;
    const auto imported = ground.Run();
    REQUIRE(imported.ok());
    CHECK_FALSE(imported->event.proven());
  }
  SECTION("no named recipient where each needs one") {
    ground.purpose.per_recipient = true;
    CHECK(ground.Refusal() == "INVALID_FIELD");
    ground.ask.recipient = "partner";
    CHECK(ground.Refusal() == "accepted");
  }
  SECTION("a person invalidates nothing") {
    ground.ask.choice = ConsentEventType::kInvalidated;
    CHECK(ground.Refusal() == "INVALID_FIELD");
  }
}

TEST_CASE("a batch is refused whole and says where") {
  Ground ground;
  RecordConsent bad = ground.ask;
  bad.mechanism = "silence";
  const RecordConsentFacts facts{nullptr, &ground.purpose, &ground.terms, ground.notices};
  const Uuid fresh[] = {NewUuidV7(kNow), NewUuidV7(kNow)};
  const auto refused = Decide(BatchRecordConsents{{ground.ask, bad}},
                              BatchRecordConsentsFacts{{facts, facts}}, kNow, fresh);
  REQUIRE_FALSE(refused.ok());
  CHECK(varsam::ReasonOf(refused.status()) == "MECHANISM_NOT_CONSENT");
  CHECK(std::string(refused.status().message()).find("consents[1]") != std::string::npos);
  const auto accepted = Decide(BatchRecordConsents{{ground.ask, ground.ask}},
                               BatchRecordConsentsFacts{{facts, facts}}, kNow, fresh);
  REQUIRE(accepted.ok());
  CHECK(accepted->each[1].event.id == fresh[1]);
}

TEST_CASE("a snapshot token binds the choice to the text that was served") {
  Ground ground;
  ground.ask.shown = ShownNotice{.notice = ground.notices[0].ref,
                                 .ui_sha256 = std::string(64, 'b'),
                                 .subject = ground.ask.subject,
                                 .shown_at = kNow - absl::Hours(60),
                                 .valid_until = kNow};
  CHECK(ground.Refusal() == "NOTICE_MISMATCH");  // the choice names another text
  ground.ask.notice = {};
  const auto outcome = ground.Run();
  REQUIRE(outcome.ok());  // the change since is editorial
  CHECK(outcome->event.notice == ground.notices[0].ref);
  CHECK(outcome->event.ui_sha256 == std::string(64, 'b'));
  CHECK(outcome->event.shown_at == kNow - absl::Hours(60));
  CHECK(outcome->event.proven());

  SECTION("a material change since then demands another look") {
    ground.notices[1].material = true;
    CHECK(ground.Refusal() == "NOTICE_STALE");
    ground.ask.choice = ConsentEventType::kRefused;
    CHECK(ground.Refusal() == "accepted");
  }
  SECTION("one that is yet to come does not") {
    ground.notices[1].material = true;
    ground.notices[1].effective_at = kNow + absl::Hours(1);
    CHECK(ground.Refusal() == "accepted");
  }
  SECTION("expired, foreign, for an earlier act") {
    ground.ask.shown->valid_until = kNow - absl::Microseconds(1);
    CHECK(ground.Refusal() == "SNAPSHOT_EXPIRED");
    ground.ask.shown->valid_until = kNow;
    ground.ask.shown->subject = SubjectId(NewUuidV4());
    CHECK(ground.Refusal() == "SNAPSHOT_FOREIGN");
    ground.ask.shown->subject = SubjectId();
    CHECK(ground.Refusal() == "accepted");
    ground.ask.at = kNow - absl::Hours(61);
    CHECK(ground.Refusal() == "INVALID_FIELD");
  }
}

TEST_CASE("the browser's signal stands against a banner, not against a switch of its own") {
  Ground ground;
  ground.purpose.direct_marketing = true;
  ground.ask.gpc = true;
  ground.ask.mechanism = "banner_choice";
  auto outcome = ground.Run();
  REQUIRE(outcome.ok());
  CHECK(outcome->event.type == ConsentEventType::kRefused);
  CHECK(outcome->event.evidence_reference == "Sec-GPC: 1");
  CHECK_FALSE(outcome->event.expires_at.has_value());
  ground.ask.mechanism = "portal_switch";
  CHECK(ground.Run()->event.type == ConsentEventType::kGiven);
  ground.ask.mechanism = "banner_choice";
  ground.purpose.direct_marketing = false;
  CHECK(ground.Run()->event.type == ConsentEventType::kGiven);
  CHECK(ground.Run()->event.gpc);
}

TEST_CASE("an imported consent is proven by its evidence and an address of its text") {
  Ground ground;
  ground.ask.actor = Actor::kImport;
  ground.ask.notice = {"https://old.example/policy", 0, "sv", ""};
  REQUIRE(ground.Run().ok());
  CHECK_FALSE(ground.Run()->event.proven());
  ground.ask.evidence_reference = "archive/7";
  CHECK(ground.Run()->event.proven());
  ground.ask.notice = {};
  CHECK_FALSE(ground.Run()->event.proven());
  ground.ask.notice = {"https://old.example/policy", 0, "sv", ""};
  ground.ask.actor = Actor::kSubject;
  CHECK(ground.Refusal() == "NOTICE_UNKNOWN");
}

TEST_CASE("a request that is to be confirmed must be one that a click can make a consent") {
  Ground ground;
  ground.ask.confirmation_wanted = true;
  CHECK(ground.Refusal() == "INVALID_FIELD");  // it is no request
  ground.ask.choice = ConsentEventType::kRequested;
  CHECK(ground.Refusal() == "accepted");
  ground.ask.mechanism = "preticked";
  CHECK(ground.Refusal() == "MECHANISM_NOT_CONSENT");
  ground.ask.mechanism = "unticked_box";
  ground.ask.notice = {};
  CHECK(ground.Refusal() == "INVALID_FIELD");
}

TEST_CASE("a click confirms once, in its time, and not what was refused since") {
  Ground ground;
  ground.ask.choice = ConsentEventType::kRequested;
  const RecordedConsent requested = ground.Run()->event;
  ConfirmConsent click{requested.id, kNow + absl::Hours(24)};
  ConfirmConsentFacts facts{.requested = requested,
                            .record = {nullptr, &ground.purpose, &ground.terms, ground.notices}};
  const auto at = [&](absl::Duration after) {
    const auto outcome = Decide(click, facts, kNow + after, NewUuidV7(kNow));
    return outcome.ok() ? "accepted" : varsam::ReasonOf(outcome.status());
  };
  const auto given = Decide(click, facts, kNow + absl::Hours(1), NewUuidV7(kNow));
  REQUIRE(given.ok());
  CHECK(given->event.type == ConsentEventType::kGiven);
  CHECK(given->event.at == kNow + absl::Hours(1));
  CHECK(given->event.verified);
  CHECK(given->event.notice == requested.notice);
  CHECK(given->event.confirms == requested.id);
  CHECK(at(absl::Hours(25)) == "TOKEN_EXPIRED");
  facts.stopped_since = true;
  CHECK(at(absl::Hours(1)) == "CONFIRMATION_OVERTAKEN");
  facts.confirmed = true;
  CHECK(at(absl::Hours(1)) == "TOKEN_USED");
  facts = {.record = facts.record};
  CHECK(at(absl::Hours(1)) == "TOKEN_UNKNOWN");
  facts.requested = given->event;  // not a request
  CHECK(at(absl::Hours(1)) == "TOKEN_UNKNOWN");
}

TEST_CASE("a banner's answer renews, takes back or only asks; a no is left alone for a while") {
  const Standing none;
  const Standing valid{.reason = Reason::kAllowConsent, .expires_at = kNow, .given = true};
  const Standing refused{.reason = Reason::kConsentRefused, .decided_at = kNow};
  CHECK(ChoiceInBanner(none, true) == ConsentEventType::kGiven);
  CHECK(ChoiceInBanner(valid, true) == ConsentEventType::kRenewed);
  CHECK(ChoiceInBanner(none, false) == ConsentEventType::kRefused);
  CHECK(ChoiceInBanner(valid, false) == ConsentEventType::kWithdrawn);
  CHECK(ChoiceInBanner(valid, std::nullopt) == ConsentEventType::kRequested);
  Purpose purpose;
  const auto ask = [&](const Standing& standing, absl::Time now, bool gpc = false) {
    return WhenToAsk(purpose, standing, gpc, calendar::Months(6), now).ask;
  };
  CHECK(ask(none, kNow));
  CHECK_FALSE(ask(valid, kNow));
  CHECK_FALSE(ask(refused, kNow + absl::Hours(24 * 179)));
  CHECK(ask(refused, kNow + absl::Hours(24 * 185)));
  purpose.direct_marketing = true;
  CHECK_FALSE(ask(none, kNow, true));
}

}  // namespace varsam::consent
