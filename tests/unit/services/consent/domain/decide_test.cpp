#include "services/consent/domain/decide.h"

#include <catch2/catch.hpp>

#include "tests/support/decide_case.h"

namespace varsam::consent {
namespace {

using testing::At;
using testing::Day;
using testing::DecideCase;

constexpr char kMail[] = "marketing_email";

}  // namespace

TEST_CASE("every reason has its own code and texts, and only an allowing one a basis") {
  for (int i = 0; i < kReasonCount; ++i) {
    const Reason reason = static_cast<Reason>(i);
    const ReasonText& text = TextOf(reason);
    CHECK(ReasonOf(text.code) == reason);
    CHECK_FALSE(text.sv.empty());
    CHECK_FALSE(text.en.empty());
    CHECK(text.basis.empty() == !Allows(reason));
    CHECK((text.code.substr(0, 6) == "ALLOW_") == Allows(reason));
  }
  for (int i = 0; i < kFactCount; ++i) {
    CHECK(FactOf(NameOf(static_cast<Fact>(i))) == static_cast<Fact>(i));
  }
}

TEST_CASE("step 1: unknown, not yet, no longer, without impact assessment") {
  DecideCase c;
  CHECK(c.Reason("newsletter_v2", At("2026-06-01")) == "PURPOSE_UNKNOWN");
  c.facts.in_force_from = At("2026-06-01 10:00");
  c.facts.in_force_until = At("2026-07-01 10:00");
  CHECK(c.Reason("payroll", At("2026-06-01 09:59:59")) == "PURPOSE_INACTIVE");
  CHECK(c.Ask("payroll", At("2026-06-01 10:00")).allowed());
  CHECK(c.Ask("payroll", At("2026-07-01 09:59:59")).allowed());
  CHECK(c.Reason("payroll", At("2026-07-01 10:00")) == "PURPOSE_INACTIVE");
  c.facts.dpia_approved_at = At("2026-06-10 10:00");
  CHECK(c.Reason("work_logging", At("2026-06-10 09:59:59")) == "PURPOSE_INACTIVE");
  CHECK(c.Ask("work_logging", At("2026-06-10 10:00")).allowed());
  c.facts.dpia_approved_at.reset();
  CHECK(c.Reason("work_logging", At("2026-06-20")) == "PURPOSE_INACTIVE");
  CHECK(c.Ask("talent_pool", At("2026-06-20")).step == 9);  // not marked in the model (7-V17)
}

TEST_CASE("step 2: data outside the purpose, or outside the model") {
  DecideCase c;
  DecideAsk ask;
  ask.purpose = testing::LexiumConsent().Find("payroll");
  ask.at = At("2026-06-01");
  ask.data = testing::LexiumConsent().Data({"salary", "name"});
  c.Ask("payroll", ask.at);
  CHECK(Decide(ask, c.facts).allowed());
  ask.data = testing::LexiumConsent().Data({"salary", "position"});
  CHECK(Decide(ask, c.facts).reason == Reason::kDataOutOfScope);
  ask.data = testing::LexiumConsent().Data({"salary", "horoscope"});
  CHECK(Decide(ask, c.facts).reason == Reason::kDataOutOfScope);
}

TEST_CASE("steps 3 and 4: erased and restricted, from their own second, residual passes") {
  DecideCase c;
  c.facts.erased_at = At("2026-05-20 12:00");
  CHECK(c.Ask("payroll", At("2026-05-20 11:59:59")).allowed());
  CHECK(c.Reason("payroll", At("2026-05-20 12:00")) == "SUBJECT_ERASED");
  CHECK(c.Ask("bookkeeping", At("2026-05-20 12:00")).allowed());
  c.facts.erased_at.reset();
  c.restrictions = {{At("2026-06-01"), At("2026-06-10"), {}}};
  CHECK(c.Reason("payroll", At("2026-06-01")) == "RESTRICTED");
  CHECK(c.Reason("payroll", At("2026-06-09 23:59:59")) == "RESTRICTED");
  CHECK(c.Ask("payroll", At("2026-06-10")).allowed());
  CHECK(c.Ask("rights_handling", At("2026-06-05")).allowed());
}

TEST_CASE("step 5: last days are included, the law has its own limit, holds open only residual") {
  DecideCase c;
  c.facts.may_until = Day("2026-09-30");
  CHECK(c.Ask("emergency_contact", At("2026-09-30 23:59:59")).allowed());
  CHECK(c.Reason("emergency_contact", At("2026-10-01")) == "RETENTION_EXPIRED");
  c.facts.must_until = Day("2027-12-31");
  CHECK(c.Reason("emergency_contact", At("2026-10-01")) == "RETENTION_EXPIRED");
  CHECK(c.Ask("payroll", At("2027-12-31 23:59:59")).allowed());
  CHECK(c.Reason("payroll", At("2028-01-01")) == "RETENTION_EXPIRED");
  // An earlier minimum does not shorten.
  c.facts.must_until = Day("2025-12-31");
  CHECK(c.Ask("payroll", At("2026-09-30")).allowed());
  c.holds = {{At("2026-10-05"), At("2026-11-01"), {}}};
  CHECK(c.Reason("emergency_contact", At("2026-10-04")) == "RETENTION_EXPIRED");
  CHECK(c.Reason("emergency_contact", At("2026-10-05")) == "HELD_FOR_CLAIMS_ONLY");
  CHECK(c.Ask("recruitment_claims_defence", At("2026-10-05")).allowed());
  CHECK(c.Reason("recruitment_claims_defence", At("2026-11-01")) == "RETENTION_EXPIRED");
  CHECK(c.Reason("emergency_contact", At("2026-11-01")) == "RETENTION_EXPIRED");
}

TEST_CASE("holds are read only when the limit has passed") {
  DecideCase c;
  c.facts.unavailable = {Fact::kHolds};
  CHECK(c.Ask("payroll", At("2026-01-01")).allowed());
  c.facts.may_until = Day("2025-12-31");
  CHECK(c.Ask("payroll", At("2026-01-01")).missing == Fact::kHolds);
}

TEST_CASE("step 8: one month, rolled, then overdue until the notice is given") {
  DecideCase c;
  // 31 January + 1 month = 28 February 2026, a Saturday: Monday 2 March.
  c.facts.source = {true, At("2026-01-31 23:30"), std::nullopt};
  c.contacts_person = true;
  const Decision in_time = c.Ask("service_improvement", At("2026-03-02 23:59:59"));
  CHECK(in_time.allowed());
  CHECK(in_time.embed_art14_notice);
  CHECK(c.Reason("service_improvement", At("2026-03-03")) == "ART14_NOTICE_OVERDUE");
  CHECK(c.Ask("rights_handling", At("2026-03-03")).allowed());
  CHECK_FALSE(c.Ask("rights_handling", At("2026-03-01")).embed_art14_notice);
  c.contacts_person = false;
  CHECK_FALSE(c.Ask("service_improvement", At("2026-03-01")).embed_art14_notice);
  c.contacts_person = true;
  c.facts.source.notice_at = At("2026-03-10 12:00");
  CHECK(c.Reason("service_improvement", At("2026-03-10 11:59:59")) == "ART14_NOTICE_OVERDUE");
  CHECK(c.Ask("service_improvement", At("2026-03-10 12:00")).allowed());
  CHECK_FALSE(c.Ask("service_improvement", At("2026-03-10 12:00")).embed_art14_notice);
  // A denial carries no obligation.
  c.facts.source.notice_at.reset();
  c.facts.lia = {};
  CHECK_FALSE(c.Ask("service_improvement", At("2026-02-10")).embed_art14_notice);
  c.facts.source.indirect = false;
  CHECK(c.Ask("service_improvement", At("2026-06-10")).step == 11);
}

TEST_CASE("step 10: consent, the person's no, soft opt-in, or legitimate interest for companies") {
  DecideCase c;
  const absl::Time at = At("2026-06-01");
  c.facts.capacity = Capacity::kNaturalPerson;
  CHECK(c.Reason(kMail, at) == "MFL_CONSENT_REQUIRED");
  for (const Capacity capacity : {Capacity::kSoleTrader, Capacity::kUnknown}) {
    c.facts.capacity = capacity;
    CHECK(c.Reason(kMail, at) == "MFL_CONSENT_REQUIRED");
  }
  c.facts.soft_opt_in = {true, true, false};
  CHECK(c.Reason(kMail, at) == "MFL_CONSENT_REQUIRED");
  c.facts.soft_opt_in.opt_out_offered_each_time = true;
  c.facts.lia = {};  // not needed: step 11 is skipped
  CHECK(c.Reason(kMail, at) == "ALLOW_SOFT_OPT_IN");
  CHECK(c.Ask(kMail, at).basis() == "MFL 19 § 2 st");
  c.Give(kMail, At("2026-01-01"));
  CHECK(c.Reason(kMail, at) == "ALLOW_CONSENT");
  c.events[0].evidence = false;  // counts as none (7-V16)
  CHECK(c.Reason(kMail, at) == "ALLOW_SOFT_OPT_IN");
  c.Event(kMail, ConsentEventType::kInvalidated, At("2026-02-01"));
  CHECK(c.Reason(kMail, at) == "ALLOW_SOFT_OPT_IN");
  c.Event(kMail, ConsentEventType::kRefused, At("2026-03-01"));
  CHECK(c.Reason(kMail, at) == "CONSENT_REFUSED");
  c.facts.capacity = Capacity::kLegalPersonRep;
  CHECK(c.Reason(kMail, at) == "CONSENT_REFUSED");
  c.events.clear();
  CHECK(c.Reason(kMail, at) == "LIA_MISSING_OR_EXPIRED");
  c.facts.unavailable = {Fact::kSoftOptIn};
  CHECK(c.Reason(kMail, at) == "LIA_MISSING_OR_EXPIRED");  // not read for a company
  c.facts.capacity = Capacity::kUnknown;
  CHECK(c.Ask(kMail, at).missing == Fact::kSoftOptIn);
}

TEST_CASE("step 11: last days are included") {
  DecideCase c;
  c.facts.lia = {At("2026-01-01 12:00"), Day("2026-12-31")};
  CHECK(c.Reason("service_improvement", At("2026-01-01 11:59:59")) == "LIA_MISSING_OR_EXPIRED");
  CHECK(c.Ask("service_improvement", At("2026-01-01 12:00")).allowed());
  CHECK(c.Ask("service_improvement", At("2026-12-31 23:59:59")).allowed());
  CHECK(c.Reason("service_improvement", At("2027-01-01")) == "LIA_MISSING_OR_EXPIRED");
  c.facts.contract = Contract{Day("2026-03-01"), Day("2026-03-31")};
  CHECK(c.Reason("recruitment", At("2026-02-28 23:59:59")) == "CONTRACT_NOT_ACTIVE");
  CHECK(c.Ask("recruitment", At("2026-03-01")).allowed());
  CHECK(c.Ask("recruitment", At("2026-03-31 23:59:59")).allowed());
  CHECK(c.Reason("recruitment", At("2026-04-01")) == "CONTRACT_NOT_ACTIVE");
  c.facts.contract.reset();
  CHECK(c.Reason("recruitment", At("2026-03-10")) == "CONTRACT_NOT_ACTIVE");
  CHECK(c.Reason("cookie_necessary", At("2026-03-10")) == "ALLOW_STRICTLY_NECESSARY");
}

TEST_CASE("step 12: processors, third parties, authorities") {
  DecideCase c;
  const absl::Time at = At("2026-06-01");
  c.recipient = Recipient{RecipientKind::kProcessor, "v_ops", false};
  CHECK(c.Reason("payroll", at) == "DPA_MISSING");
  Vendor vendor;
  c.facts.vendor = vendor;
  CHECK(c.Reason("payroll", at) == "DPA_MISSING");
  vendor.dpa_signed = true;
  vendor.signed_on = Day("2026-06-02");
  vendor.expires_on = Day("2026-05-31");
  vendor.third_country = true;
  c.facts.vendor = vendor;
  CHECK(c.Reason("payroll", at) == "DPA_MISSING");  // signed later; told first
  c.facts.vendor->signed_on = Day("2026-06-01");
  CHECK(c.Reason("payroll", at) == "DPA_EXPIRED");
  c.facts.vendor->expires_on = Day("2026-06-01");
  CHECK(c.Reason("payroll", at) == "TRANSFER_NOT_COVERED");
  c.facts.vendor->has_transfer_mechanism = true;
  CHECK(c.Ask("payroll", at).allowed());
  c.facts.vendor->transfer_valid_to = Day("2026-05-31");
  CHECK(c.Reason("payroll", at) == "TRANSFER_NOT_COVERED");
  c.facts.vendor->transfer_valid_to = Day("2026-06-01");
  CHECK(c.Ask("payroll", at).allowed());

  c.recipient = Recipient{RecipientKind::kThirdParty, "acme", true};
  CHECK(c.Reason("payroll", at) == "THIRD_PARTY_NOT_APPROVED");
  c.recipient = Recipient{RecipientKind::kAuthority, "police", true};
  CHECK(c.Ask("payroll", at).allowed());
  c.recipient->under_law = false;
  CHECK(c.Reason("payroll", at) == "THIRD_PARTY_NOT_APPROVED");
  c.Give("third_party_disclosure", At("2026-01-01")).recipient = "police";
  CHECK(c.Ask("third_party_disclosure", at).allowed());
  c.facts.unavailable = {Fact::kVendor};
  CHECK(c.Ask("third_party_disclosure", at).allowed());
  c.recipient = Recipient{RecipientKind::kProcessor, "v_ops", false};
  CHECK(c.Ask("payroll", at).missing == Fact::kVendor);
}

TEST_CASE("an earlier denial wins over a later missing fact, and the other way round") {
  DecideCase c;
  c.facts.erased_at = At("2026-01-01");
  c.facts.unavailable = {Fact::kRestrictions};
  CHECK(c.Reason("payroll", At("2026-02-01")) == "SUBJECT_ERASED");
  c.facts.unavailable = {Fact::kPurposeWindow};
  CHECK(c.Reason("payroll", At("2026-02-01")) == "INDETERMINATE");
  c.facts.unavailable = {Fact::kPartyToContract};
  CHECK(c.Reason("bookkeeping", At("2026-02-01")) == "ALLOW_LEGAL_OBLIGATION");
  c.facts.erased_at.reset();
  CHECK(c.Ask("contract_delivery", At("2026-02-01")).missing == Fact::kPartyToContract);
}

TEST_CASE("a decision explains itself and names what it rests on") {
  DecideCase c;
  c.objections = {{ObjectionScope::kAll, At("2026-01-01"), NewUuidV4()}};
  const Decision denied = c.Ask(kMail, At("2026-02-01"));
  REQUIRE(denied.evidence.size() == 1);
  CHECK(denied.evidence[0] == Evidence{EvidenceKind::kMarketingObjection, c.objections[0].id});
  const auto steps = Explain(denied);
  REQUIRE(steps.size() == 6);
  CHECK(steps[4].passed);
  CHECK_FALSE(steps[5].passed);
  CHECK(steps[5].en == "The person has objected to direct marketing.");
  CHECK(Explain(c.Ask("payroll", At("2026-02-01"))).size() == 13);
}

}  // namespace varsam::consent
