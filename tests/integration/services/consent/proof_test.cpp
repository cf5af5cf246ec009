// What a choice rests on: the text that was served, a click that confirms it, records of other
// systems, material changes, links, the cookie dialog.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <set>

#include "libs/base/error.h"
#include "libs/rpc/status.h"
#include "tests/support/consent_stack.h"
#include "varsam/retention/v1/retention_entry.pb.h"

namespace varsam::consent {
namespace {

using testing::ConsentStack;
using testing::FreshId;
using testing::Patient;
using varsam::ReasonOf;

struct Suite : ConsentStack {
  Suite() { Prepare(); }

  // The reason of the refusal, or "accepted".
  template <typename Request, typename Response>
  std::string Call(grpc::Status (v1::ConsentService::Stub::*rpc)(grpc::ClientContext*,
                                                                 const Request&, Response*),
                   const Request& request, Response* response) {
    response->Clear();
    const absl::Status status = rpc::FromGrpc((stub().*rpc)(Patient().get(), request, response));
    CAPTURE(status.ToString());
    return status.ok() ? "accepted" : ReasonOf(status);
  }
  std::string Record(const v1::RecordConsentRequest& request) {
    return Call(&v1::ConsentService::Stub::RecordConsent, request, &recorded);
  }
  void PublishCookies() {
    registry::v1::PublishNoticeRequest request;
    request.set_request_id(FreshId());
    request.mutable_notice()->set_id("cookies");
    request.mutable_notice()->set_language("sv");
    request.mutable_notice()->set_text("Vi använder kakor.");
    for (const char* purpose :
         {"cookie_necessary", "web_statistics", "cookie_functional", "cookie_marketing"}) {
      request.mutable_notice()->add_purposes(purpose);
    }
    registry::v1::PublishNoticeResponse response;
    REQUIRE(registry().PublishNotice(Patient().get(), request, &response).ok());
    REQUIRE(testing::Eventually(
        [&] { return app().table().catalogue()->notices().back().ref.id == "cookies"; }));
  }
  v1::OpenBannerResponse Open(const std::string& browser = "", bool gpc = false) {
    v1::OpenBannerRequest request;
    request.set_notice_id("cookies");
    request.set_browser_id(browser);
    request.set_ui_sha256(std::string(64, 'b'));
    request.set_sec_gpc(gpc);
    v1::OpenBannerResponse response;
    REQUIRE(Call(&v1::ConsentService::Stub::OpenBanner, request, &response) == "accepted");
    return response;
  }
  std::string Choose(const std::string& token, const std::set<std::string>& granted,
                     const std::set<std::string>& refused, bool gpc = false,
                     const std::string& mechanism = "") {
    v1::RecordBannerChoicesRequest request;
    request.set_request_id(FreshId());
    request.set_snapshot_token(token);
    request.set_sec_gpc(gpc);
    request.set_mechanism(mechanism);
    for (const auto* names : {&granted, &refused}) {
      for (const std::string& name : *names) {
        v1::BannerChoice* choice = request.add_choices();
        choice->set_purpose(name);
        choice->set_granted(names == &granted);
      }
    }
    return Call(&v1::ConsentService::Stub::RecordBannerChoices, request, &chosen);
  }

  v1::RecordConsentResponse recorded;
  v1::RecordBannerChoicesResponse chosen;
};

const std::set<std::string> kAll{"web_statistics", "cookie_functional", "cookie_marketing"};

std::string StateOf(const v1::OpenBannerResponse& banner, const std::string& purpose) {
  for (const v1::BannerPurpose& one : banner.purposes()) {
    if (one.purpose() == purpose) return one.state() + (one.ask() ? " ask" : "");
  }
  return "absent";
}

}  // namespace

TEST_CASE("a served text binds the choice; another's, a changed or a missing token does not") {
  Suite suite;
  const std::string anna = suite.Register("applicant");
  v1::ServeNoticeRequest serve;
  serve.set_notice_id("join");
  serve.set_subject_id(anna);
  serve.set_ui_sha256(std::string(64, 'c'));
  v1::ServeNoticeResponse served;
  REQUIRE(suite.Call(&v1::ConsentService::Stub::ServeNotice, serve, &served) == "accepted");
  CHECK(served.text() == "Vi sparar dina uppgifter.");
  CHECK(served.notice().text_sha256() == suite.notice.text_sha256());

  auto choice = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  choice.clear_notice();
  CHECK(suite.Record(choice) == "INVALID_FIELD");
  choice.set_request_id(FreshId());
  choice.mutable_notice()->set_notice_id("join");  // without its version
  CHECK(suite.Record(choice) == "NOTICE_UNKNOWN");
  choice.clear_notice();
  std::string changed = served.snapshot_token();
  changed[20] = changed[20] == 'A' ? 'B' : 'A';
  choice.set_request_id(FreshId());
  choice.set_snapshot_token(changed);
  CHECK(suite.Record(choice) == "SNAPSHOT_UNKNOWN");
  auto foreign = suite.Choice(suite.Register("applicant"), "talent_pool", v1::CHOICE_GIVEN);
  foreign.clear_notice();
  foreign.set_snapshot_token(served.snapshot_token());
  CHECK(suite.Record(foreign) == "SNAPSHOT_FOREIGN");

  suite.PublishNotice(false);  // editorial: what was served may still be answered
  choice.set_request_id(FreshId());
  choice.set_snapshot_token(served.snapshot_token());
  REQUIRE(suite.Record(choice) == "accepted");
  CHECK(suite.recorded.event().notice().version() == served.notice().version());
  CHECK(suite.recorded.event().ui_sha256() == std::string(64, 'c'));
  CHECK(suite.recorded.receipt().find("ui_snapshot_hash") != std::string::npos);
  CHECK(suite.Ask(anna, "talent_pool", suite.recorded.revision()) == "ALLOW_CONSENT");

  suite.PublishNotice(true);  // material: ask again, on the new text
  CHECK(suite.Ask(anna, "talent_pool") == "CONSENT_RENEWAL_REQUIRED");
  choice.set_request_id(FreshId());
  CHECK(suite.Record(choice) == "NOTICE_STALE");
  v1::ListRenewalsRequest list;
  list.set_purpose("talent_pool");
  v1::ListRenewalsResponse renewals;
  std::vector<std::string> told;
  do {
    REQUIRE(suite.Call(&v1::ConsentService::Stub::ListRenewals, list, &renewals) == "accepted");
    told.insert(told.end(), renewals.subject_ids().begin(), renewals.subject_ids().end());
    list.set_page_token(renewals.next_page_token());
  } while (!renewals.next_page_token().empty());
  CHECK(told == std::vector<std::string>{anna});
  REQUIRE(suite.Record(suite.Choice(anna, "talent_pool", v1::CHOICE_RENEWED)) == "accepted");
  CHECK(suite.Ask(anna, "talent_pool", suite.recorded.revision()) == "ALLOW_CONSENT");
}

TEST_CASE("double opt-in: pending until the click, which counts once") {
  Suite suite;
  const std::string bo = suite.Register("prospect");
  auto request = suite.Choice(bo, "marketing_email", v1::CHOICE_REQUESTED);
  request.set_verified(false);
  request.set_confirmation_wanted(true);
  REQUIRE(suite.Record(request) == "accepted");
  const std::string token = suite.recorded.confirmation_token();
  REQUIRE(!token.empty());
  REQUIRE(suite.Record(request) == "accepted");  // a replay
  CHECK(suite.recorded.confirmation_token() == token);
  CHECK(suite.Ask(bo, "marketing_email", suite.recorded.revision()) == "MFL_CONSENT_REQUIRED");

  v1::ConfirmConsentRequest click;
  click.set_token(token.substr(0, token.size() - 2) + "AA");
  v1::ConfirmConsentResponse confirmed;
  const auto confirm = [&] {
    return suite.Call(&v1::ConsentService::Stub::ConfirmConsent, click, &confirmed);
  };
  CHECK(confirm() == "TOKEN_UNKNOWN");
  click.set_token(token);
  REQUIRE(confirm() == "accepted");
  CHECK(confirmed.event().choice() == v1::CHOICE_GIVEN);
  CHECK(confirmed.event().verified());
  CHECK(confirmed.event().confirms() == suite.recorded.event().id());
  CHECK(!confirmed.receipt().empty());
  CHECK(suite.Ask(bo, "marketing_email", confirmed.revision()) == "ALLOW_CONSENT");

  REQUIRE(suite.Record(suite.Choice(bo, "marketing_email", v1::CHOICE_WITHDRAWN)) == "accepted");
  const uint64_t withdrawn = suite.recorded.revision();
  CHECK(confirm() == "TOKEN_USED");  // the old mail brings nothing back
  CHECK(suite.Ask(bo, "marketing_email", withdrawn) == "CONSENT_WITHDRAWN");

  SECTION("an objection since the request outlasts the click") {
    request.set_request_id(FreshId());
    REQUIRE(suite.Record(request) == "accepted");
    click.set_token(suite.recorded.confirmation_token());
    v1::RecordObjectionRequest objection;
    objection.set_request_id(FreshId());
    objection.set_subject_id(bo);
    objection.set_marketing_scope("email");
    v1::RecordObjectionResponse objected;
    REQUIRE(suite.Call(&v1::ConsentService::Stub::RecordObjection, objection, &objected) ==
            "accepted");
    CHECK(confirm() == "CONFIRMATION_OVERTAKEN");
    CHECK(suite.Ask(bo, "marketing_email", objected.revision()) == "OBJECTION_MARKETING");
  }
}

TEST_CASE("records of other systems: with evidence they count, without they are unproven") {
  Suite suite;
  const std::string proven = suite.Register("applicant"), bare = suite.Register("applicant");
  const nlohmann::json receipt = {
      {"version", "KI-CR-v1.1.0"},
      {"consentTimestamp", 1'785'000'000},
      {"language", "sv"},
      {"policyUrl", "https://old.example/policy"},
      {"services",
       {{{"service", "Jobs"},
         {"purposes", {{{"purpose", "Future jobs"}, {"consentType", "EXPLICIT"}}}}}}}};
  v1::ImportConsentsRequest import;
  import.set_request_id(FreshId());
  import.set_format(v1::CONSENT_RECORD_FORMAT_KANTARA_1_1);
  (*import.mutable_purposes())["Future jobs"] = "talent_pool";
  for (const std::string& subject : {proven, bare}) {
    v1::ForeignConsentRecord* record = import.add_records();
    record->set_subject_id(subject);
    record->set_document(receipt.dump());
    record->set_mechanism("unticked_box");
  }
  import.mutable_records(0)->set_evidence_reference("archive/7");
  v1::ImportConsentsResponse imported;
  REQUIRE(suite.Call(&v1::ConsentService::Stub::ImportConsents, import, &imported) == "accepted");
  REQUIRE(imported.events_size() == 2);
  CHECK(imported.events(0).actor() == v1::ACTOR_IMPORT);
  CHECK(suite.Ask(proven, "talent_pool", imported.revision()) == "ALLOW_CONSENT");
  CHECK(suite.Ask(bare, "talent_pool", imported.revision()) == "CONSENT_UNPROVEN");
  import.set_request_id(FreshId());
  import.mutable_records(1)->set_document("{}");
  CHECK(suite.Call(&v1::ConsentService::Stub::ImportConsents, import, &imported) ==
        "RECORD_UNREADABLE");
  import.set_format(v1::CONSENT_RECORD_FORMAT_UNSPECIFIED);
  import.set_request_id(FreshId());
  CHECK(suite.Call(&v1::ConsentService::Stub::ImportConsents, import, &imported) ==
        "INVALID_FIELD");
}

TEST_CASE("the cookie dialog: one event for each purpose, proof of what was shown, no re-asking") {
  Suite suite;
  suite.PublishCookies();
  const v1::OpenBannerResponse first = suite.Open();
  CHECK(first.ask());
  CHECK(first.text() == "Vi använder kakor.");
  REQUIRE(first.purposes_size() == 4);
  CHECK(first.purposes(0).necessary());
  CHECK(StateOf(first, "web_statistics") == "NO_CONSENT ask");
  const std::string browser = first.browser_id();

  CHECK(suite.Choose(first.snapshot_token(), {"talent_pool"}, {}) == "INVALID_FIELD");
  CHECK(suite.Choose("AAAA", kAll, {}) == "SNAPSHOT_UNKNOWN");
  REQUIRE(suite.Choose(first.snapshot_token(), {}, {}) == "accepted");  // closed without a choice
  CHECK(suite.chosen.events_size() == 3);
  CHECK(suite.Ask(browser, "web_statistics", suite.chosen.revision()) == "CONSENT_PENDING");
  CHECK(suite.Ask(browser, "cookie_necessary") == "ALLOW_STRICTLY_NECESSARY");

  REQUIRE(suite.Choose(first.snapshot_token(), {}, kAll) == "accepted");  // "Neka alla"
  REQUIRE(suite.chosen.events_size() == 3);
  for (const v1::ConsentEvent& event : suite.chosen.events()) {
    CHECK(event.choice() == v1::CHOICE_REFUSED);
    CHECK(event.notice().text_sha256() == first.notice().text_sha256());
    CHECK(event.ui_sha256() == std::string(64, 'b'));
  }
  CHECK(suite.Ask(browser, "cookie_marketing", suite.chosen.revision()) == "CONSENT_REFUSED");
  CHECK_FALSE(suite.Open(browser).ask());

  REQUIRE(suite.Choose(first.snapshot_token(), kAll, {}) == "accepted");  // by own initiative
  CHECK(suite.Ask(browser, "cookie_marketing", suite.chosen.revision()) == "ALLOW_CONSENT");
  REQUIRE(suite.Choose(first.snapshot_token(), {"web_statistics"},
                       {"cookie_marketing", "cookie_functional"}) == "accepted");
  CHECK(suite.chosen.events(0).choice() == v1::CHOICE_RENEWED);
  CHECK(suite.chosen.events(2).choice() == v1::CHOICE_WITHDRAWN);
  CHECK(suite.Ask(browser, "cookie_marketing", suite.chosen.revision()) == "CONSENT_WITHDRAWN");
  suite.Restart();
  CHECK(suite.Ask(browser, "web_statistics") == "ALLOW_CONSENT");
  CHECK(StateOf(suite.Open(browser), "cookie_marketing") == "CONSENT_WITHDRAWN");

  v1::OpenBannerRequest person;
  person.set_notice_id("cookies");
  person.set_browser_id(suite.Register("customer_contact"));
  v1::OpenBannerResponse refused;
  CHECK(suite.Call(&v1::ConsentService::Stub::OpenBanner, person, &refused) ==
        "BROWSER_ID_FOREIGN");
}

TEST_CASE("the browser's signal is honoured and written down") {
  Suite suite;
  suite.PublishCookies();
  const v1::OpenBannerResponse first = suite.Open("", true);
  CHECK(first.gpc());
  CHECK(StateOf(first, "cookie_marketing") == "NO_CONSENT");  // answered: not asked
  CHECK(StateOf(first, "web_statistics") == "NO_CONSENT ask");
  const std::string browser = first.browser_id();
  REQUIRE(suite.Choose(first.snapshot_token(), kAll, {}, true) == "accepted");  // "accept all"
  for (const v1::ConsentEvent& event : suite.chosen.events()) {
    const bool marketing = event.purpose() == "cookie_marketing";
    CHECK(event.choice() == (marketing ? v1::CHOICE_REFUSED : v1::CHOICE_GIVEN));
    CHECK(event.gpc());
    CHECK(event.evidence_reference() == "Sec-GPC: 1");
  }
  CHECK(suite.Ask(browser, "cookie_marketing", suite.chosen.revision()) == "CONSENT_REFUSED");
  REQUIRE(suite.Choose(first.snapshot_token(), {"cookie_marketing"}, {}, true,
                       "portal_switch") == "accepted");  // a switch of its own
  CHECK(suite.Ask(browser, "cookie_marketing", suite.chosen.revision()) == "ALLOW_CONSENT");
  CHECK(StateOf(suite.Open(browser, true), "cookie_marketing") == "VALID");

  // A signal that comes after a banner's yes takes it back.
  const v1::OpenBannerResponse other = suite.Open();
  REQUIRE(suite.Choose(other.snapshot_token(), kAll, {}) == "accepted");
  CHECK(StateOf(suite.Open(other.browser_id(), true), "cookie_marketing") == "CONSENT_WITHDRAWN");
  CHECK(suite.Ask(other.browser_id(), "cookie_marketing") == "CONSENT_WITHDRAWN");
  CHECK(suite.Ask(other.browser_id(), "web_statistics") == "ALLOW_CONSENT");
}

TEST_CASE("a browser that becomes a person's: the no stands, until it is undone") {
  Suite suite;
  suite.PublishCookies();
  const std::string anna = suite.Register("customer_contact");
  REQUIRE(suite.Record(suite.Choice(anna, "web_statistics", v1::CHOICE_GIVEN)) == "accepted");
  const v1::OpenBannerResponse banner = suite.Open();
  REQUIRE(suite.Choose(banner.snapshot_token(), {"cookie_marketing"}, {"web_statistics"}) ==
          "accepted");
  CHECK(suite.Ask(anna, "web_statistics", suite.chosen.revision()) == "ALLOW_CONSENT");
  CHECK(suite.Ask(anna, "cookie_marketing") == "NO_CONSENT");

  v1::LinkSubjectsRequest link;
  link.set_request_id(FreshId());
  link.set_subject_id(anna);
  link.set_browser_subject_id(banner.browser_id());
  link.set_channel("sign_in");
  link.set_evidence_reference("session/1");
  v1::LinkSubjectsResponse linked;
  REQUIRE(suite.Call(&v1::ConsentService::Stub::LinkSubjects, link, &linked) == "accepted");
  const std::string link_id = linked.link().id();
  CHECK(suite.Ask(anna, "web_statistics", linked.revision()) == "CONSENT_REFUSED");
  CHECK(suite.Ask(anna, "cookie_marketing") == "ALLOW_CONSENT");
  CHECK(suite.Ask(banner.browser_id(), "web_statistics") == "CONSENT_REFUSED");
  link.set_request_id(FreshId());
  CHECK(suite.Call(&v1::ConsentService::Stub::LinkSubjects, link, &linked) == "LINK_EXISTS");
  v1::ListConsentsRequest list;
  list.set_subject_id(anna);
  v1::ListConsentsResponse listed;
  REQUIRE(suite.Call(&v1::ConsentService::Stub::ListConsents, list, &listed) == "accepted");
  REQUIRE(listed.states_size() == 1);
  CHECK(listed.states(0).state() == "CONSENT_REFUSED");

  // What was known before the link is still answered as it was.
  v1::DecideRequest past;
  past.mutable_query()->set_subject_id(anna);
  past.mutable_query()->set_purpose("web_statistics");
  *past.mutable_query()->mutable_at() = suite.chosen.events(0).at();
  v1::DecideResponse then;
  REQUIRE(suite.Call(&v1::ConsentService::Stub::Decide, past, &then) == "accepted");
  CHECK(then.decision().reason() == "ALLOW_CONSENT");

  suite.Restart();
  CHECK(suite.Ask(anna, "web_statistics") == "CONSENT_REFUSED");
  v1::UndoLinkRequest undo;
  undo.set_request_id(FreshId());
  undo.set_link_id(link_id);
  v1::UndoLinkResponse undone;
  REQUIRE(suite.Call(&v1::ConsentService::Stub::UndoLink, undo, &undone) == "accepted");
  CHECK(suite.Ask(anna, "web_statistics", undone.revision()) == "ALLOW_CONSENT");
  CHECK(suite.Ask(anna, "cookie_marketing") == "NO_CONSENT");
  undo.set_request_id(FreshId());
  CHECK(suite.Call(&v1::ConsentService::Stub::UndoLink, undo, &undone) == "LINK_UNDONE");
}

TEST_CASE("a batch over its bound is refused whole") {
  Suite suite;
  const std::string anna = suite.Register("applicant");
  v1::BatchRecordConsentsRequest record;
  record.set_request_id(FreshId());
  for (int i = 0; i < 101; ++i) {
    *record.add_consents() = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  }
  v1::BatchRecordConsentsResponse recorded;
  CHECK(suite.Call(&v1::ConsentService::Stub::BatchRecordConsents, record, &recorded) ==
        "INVALID_FIELD");
  record.clear_consents();
  CHECK(suite.Call(&v1::ConsentService::Stub::BatchRecordConsents, record, &recorded) ==
        "INVALID_FIELD");
  CHECK(suite.Ask(anna, "talent_pool") == "NO_CONSENT");
  v1::BatchDecideRequest decide;
  for (int i = 0; i < 1001; ++i) {
    decide.add_queries()->set_subject_id(anna);
    decide.mutable_queries(i)->set_purpose("talent_pool");
  }
  v1::BatchDecideResponse decided;
  CHECK(suite.Call(&v1::ConsentService::Stub::BatchDecide, decide, &decided) == "INVALID_FIELD");
  v1::ScreenSuppressionsRequest screen;
  for (int i = 0; i < 1001; ++i) {
    screen.add_identifiers()->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
    screen.mutable_identifiers(i)->set_value("a@example.se");
  }
  v1::ScreenSuppressionsResponse screened;
  CHECK(suite.Call(&v1::ConsentService::Stub::ScreenSuppressions, screen, &screened) ==
        "INVALID_FIELD");
}

TEST_CASE("proofs go five years after their consent has ended, and no \"no\" goes with them") {
  Suite suite;
  const std::string ended = suite.Register("applicant"), standing = suite.Register("applicant"),
                    held = suite.Register("applicant"), mailed = suite.Register("prospect");
  for (const std::string& who : {ended, standing, held}) {
    REQUIRE(suite.Record(suite.Choice(who, "talent_pool", v1::CHOICE_GIVEN)) == "accepted");
  }
  v1::GetReceiptRequest get;
  v1::GetReceiptResponse receipt;
  for (const std::string& who : {ended, held}) {
    REQUIRE(suite.Record(suite.Choice(who, "talent_pool", v1::CHOICE_WITHDRAWN)) == "accepted");
    if (who == ended) get.set_consent_id(suite.recorded.event().id());
  }
  REQUIRE(suite.Record(suite.Choice(mailed, "marketing_email", v1::CHOICE_REFUSED)) == "accepted");
  retention::v1::RetentionEntry hold;
  auto* placed = hold.mutable_hold_placed()->mutable_hold();
  placed->set_id(FreshId());
  placed->mutable_scope()->add_subject_ids(held);
  placed->mutable_set_at()->set_seconds(1'700'000'000);
  suite.retention().Append("hold_placed", hold.SerializeAsString());
  const absl::Time now = SystemClock().Now();
  REQUIRE(testing::Eventually(
      [&] { return suite.app().table().MayBeHeld(*SubjectId::Parse(held), now); }));

  const absl::Time early = now + absl::Hours(24 * (5 * 365 - 2));
  const absl::Time late = now + absl::Hours(24 * (5 * 365 + 5));
  CHECK(suite.app().keep_proofs().Tick(early).value().ended == 0);
  CHECK(suite.Call(&v1::ConsentService::Stub::GetReceipt, get, &receipt) == "accepted");
  CHECK(suite.app().keep_proofs().Tick(late).value().ended == 1);
  CHECK(suite.app().keep_proofs().Tick(late).value().ended == 0);
  const auto check = [&] {
    CHECK(suite.Ask(ended, "talent_pool") == "NO_CONSENT");
    CHECK(suite.Ask(standing, "talent_pool") == "ALLOW_CONSENT");
    CHECK(suite.Ask(held, "talent_pool") == "CONSENT_WITHDRAWN");
    CHECK(suite.Ask(mailed, "marketing_email") == "CONSENT_REFUSED");
    CHECK(suite.Call(&v1::ConsentService::Stub::GetReceipt, get, &receipt) == "CONSENT_UNKNOWN");
  };
  check();
  suite.Restart();
  check();
}

}  // namespace varsam::consent
