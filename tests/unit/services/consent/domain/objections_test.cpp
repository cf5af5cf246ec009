#include "services/consent/domain/objections.h"

#include <catch2/catch.hpp>

#include "tests/support/decide_case.h"

namespace varsam::consent {
namespace {

using testing::At;
using testing::DecideCase;

constexpr char kMail[] = "marketing_email";

LiObjection Objection(absl::Time received) {
  LiObjection objection;
  objection.all_purposes = true;
  objection.received_at = received;
  return objection;
}

}  // namespace

TEST_CASE("which marketing an objection reaches (FORMAT 2.5)") {
  struct Row {
    const char* purpose;
    bool email, phone;
  };
  for (const Row& row : {Row{"marketing_email", true, false},
                         Row{"email_engagement_tracking", true, false},
                         Row{"marketing_phone", false, true},
                         Row{"interest_profiling", true, true},
                         Row{"prospecting_crm", false, false},
                         Row{"cookie_marketing", false, false}}) {
    INFO(row.purpose);
    const Purpose& purpose = *testing::LexiumConsent().Find(row.purpose);
    CHECK(Reaches(ObjectionScope::kAll, purpose));
    CHECK(Reaches(ObjectionScope::kEmail, purpose) == row.email);
    CHECK(Reaches(ObjectionScope::kPhone, purpose) == row.phone);
  }
  for (const Purpose& purpose : testing::LexiumConsent().purposes()) {
    if (!purpose.direct_marketing) CHECK_FALSE(Reaches(ObjectionScope::kAll, purpose));
  }
}

TEST_CASE("only the person's own later, verified and still valid consent lifts objections") {
  DecideCase c;
  c.objections = {{ObjectionScope::kEmail, At("2026-02-01 10:00"), {}},
                  {ObjectionScope::kAll, At("2026-01-01"), {}},
                  {ObjectionScope::kPhone, At("2026-03-09"), {}}};
  const absl::Time at = At("2026-03-10");
  CHECK(c.Reason(kMail, at) == "OBJECTION_MARKETING");
  CHECK(c.Reason(kMail, At("2025-12-31")) == "ALLOW_LEGITIMATE_INTEREST");
  c.Give(kMail, At("2026-02-01 10:00"));  // not strictly later
  CHECK(c.Reason(kMail, at) == "OBJECTION_MARKETING");
  c.events[0].at += absl::Seconds(1);
  CHECK(c.Reason(kMail, at) == "ALLOW_CONSENT");
  c.events[0].verified = false;
  CHECK(c.Reason(kMail, at) == "OBJECTION_MARKETING");
  c.events[0].verified = true;
  c.events[0].actor = Actor::kStaff;
  CHECK(c.Reason(kMail, at) == "OBJECTION_MARKETING");
  c.events[0].actor = Actor::kSubject;
  // Another purpose is not lifted with it.
  CHECK(c.Reason("interest_profiling", at) == "OBJECTION_MARKETING");
  // Stale or withdrawn: the objection stands again and is the reason.
  c.ChangeNotice(kMail, At("2026-03-01"));
  CHECK(c.Reason(kMail, at) == "OBJECTION_MARKETING");
  c.changes.clear();
  c.Event(kMail, ConsentEventType::kWithdrawn, At("2026-03-02"));
  CHECK(c.Reason(kMail, at) == "OBJECTION_MARKETING");
}

TEST_CASE("without an objection that reaches, consent is not looked at in step 6") {
  DecideCase c;
  c.facts.unavailable = {Fact::kConsentEvents};
  c.objections = {{ObjectionScope::kPhone, At("2026-01-01"), {}}};
  CHECK(c.Ask(kMail, At("2026-02-01")).step == 10);
  c.objections = {{ObjectionScope::kEmail, At("2026-01-01"), {}}};
  CHECK(c.Ask(kMail, At("2026-02-01")).step == 6);
  CHECK(c.Ask("prospecting_crm", At("2026-02-01")).allowed());
}

TEST_CASE("a topic can be switched off for one channel alone") {
  DecideCase c;
  c.topic = "nyheter";
  c.topics = {{"nyheter", false, At("2026-02-01"), {}, ObjectionScope::kPhone}};
  CHECK(c.Reason("marketing_email", At("2026-03-01")) == "ALLOW_LEGITIMATE_INTEREST");
  CHECK(c.Reason("marketing_phone", At("2026-03-01")) == "TOPIC_OPTED_OUT");
  c.topics.push_back({"nyheter", false, At("2026-02-02"), {}});
  CHECK(c.Reason("marketing_email", At("2026-03-01")) == "TOPIC_OPTED_OUT");
  c.topics.push_back({"nyheter", true, At("2026-02-03"), {}, ObjectionScope::kEmail});
  CHECK(c.Reason("marketing_email", At("2026-03-01")) == "ALLOW_LEGITIMATE_INTEREST");
  CHECK(c.Reason("marketing_phone", At("2026-03-01")) == "TOPIC_OPTED_OUT");
}

TEST_CASE("the latest choice of a topic counts, off at equal timestamps, on without any") {
  DecideCase c;
  c.topic = "nyheter";
  CHECK(c.Ask(kMail, At("2026-03-01")).allowed());
  c.topics = {{"nyheter", true, At("2026-02-01"), {}}, {"nyheter", false, At("2026-02-01"), {}},
              {"guider", false, At("2026-02-02"), {}}};
  CHECK(c.Reason(kMail, At("2026-03-01")) == "TOPIC_OPTED_OUT");
  CHECK(c.Ask(kMail, At("2026-01-31")).allowed());
  c.topics.push_back({"nyheter", true, At("2026-02-20"), {}});
  CHECK(c.Ask(kMail, At("2026-03-01")).allowed());
  c.topic = "";
  CHECK(c.Ask(kMail, At("2026-03-01")).allowed());
  c.topic = "nyheter";
  c.topics.push_back({"nyheter", false, At("2026-02-21"), {}});
  c.Event(kMail, ConsentEventType::kWithdrawn, At("2026-02-22"));
  CHECK(c.Reason(kMail, At("2026-03-01")) == "TOPIC_OPTED_OUT");  // before the withdrawn consent
  CHECK(c.Ask("web_statistics", At("2026-03-01")).step == 9);    // not direct marketing
}

TEST_CASE("an objection under Art. 21(1) is pending until its decision, upheld goes first") {
  DecideCase c;
  const char* purpose = "service_improvement";
  c.li_objections = {Objection(At("2026-01-10"))};
  CHECK(c.Ask(purpose, At("2026-01-09")).allowed());
  CHECK(c.Reason(purpose, At("2026-01-10")) == "OBJECTION_PENDING");
  c.li_objections[0].outcome = Outcome::kUpheld;
  c.li_objections[0].decided_at = At("2026-01-20 12:00");
  CHECK(c.Reason(purpose, At("2026-01-20 11:59:59")) == "OBJECTION_PENDING");
  CHECK(c.Reason(purpose, At("2026-01-20 12:00")) == "OBJECTION_UPHELD");
  c.li_objections.push_back(Objection(At("2026-01-11")));
  CHECK(c.Reason(purpose, At("2026-02-01")) == "OBJECTION_UPHELD");
  c.li_objections[0].outcome = Outcome::kRejected;
  CHECK(c.Reason(purpose, At("2026-02-01")) == "OBJECTION_PENDING");
  c.li_objections.pop_back();
  CHECK(c.Ask(purpose, At("2026-02-01")).allowed());
}

TEST_CASE("step 7 looks at the basis that applies, and at residual purposes too") {
  DecideCase c;
  c.li_objections = {Objection(At("2026-01-10"))};
  CHECK(c.Reason("contract_delivery", At("2026-02-01")) == "OBJECTION_PENDING");
  c.facts.party_to_contract = true;
  CHECK(c.Reason("contract_delivery", At("2026-02-01")) == "ALLOW_CONTRACT");
  CHECK(c.Reason("recruitment_claims_defence", At("2026-02-01")) == "OBJECTION_PENDING");
  CHECK(c.Reason("payroll", At("2026-02-01")) == "ALLOW_LEGAL_OBLIGATION");
  // Even where consent could carry the mailing (7-V8).
  c.Give(kMail, At("2026-01-20"));
  CHECK(c.Reason(kMail, At("2026-02-01")) == "OBJECTION_PENDING");
  // One that names another purpose does not count.
  const std::vector<PurposeKey> named{testing::LexiumConsent().KeyOf("emergency_contact")};
  c.li_objections[0].all_purposes = false;
  c.li_objections[0].purposes = named;
  CHECK(c.Reason(kMail, At("2026-02-01")) == "ALLOW_CONSENT");
  CHECK(c.Reason("emergency_contact", At("2026-02-01")) == "OBJECTION_PENDING");
}

}  // namespace varsam::consent
