// The write of a choice over plain facts: what is accepted, what is refused and with which reason.
#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "services/consent/domain/record_consent.h"

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
    ground.ask.mechanism = GENERATE("continued_use", "scroll", "silence", "preticked",
                                    "email_received", "browser_setting", "bundled_terms",
                                    "condition_of_service", "");
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

}  // namespace varsam::consent
