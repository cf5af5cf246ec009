// The consent service over mTLS with a real database and the real registry: choices, receipts,
// objections, preferences, refusals.
#include <catch2/catch.hpp>

#include <fstream>

#include "libs/base/error.h"
#include "libs/rpc/status.h"
#include "tests/support/consent_stack.h"
#include "varsam/requests/v1/requests_entry.pb.h"
#include "varsam/retention/v1/retention_entry.pb.h"

namespace varsam::consent {
namespace {

using testing::ConsentStack;
using testing::FreshId;
using testing::Patient;
using varsam::ReasonOf;

struct Suite : ConsentStack {
  Suite() { Prepare(); }

  v1::RecordConsentResponse Record(const v1::RecordConsentRequest& request) {
    v1::RecordConsentResponse response;
    const absl::Status status =
        rpc::FromGrpc(stub().RecordConsent(Patient().get(), request, &response));
    INFO(status.ToString());
    REQUIRE(status.ok());
    return response;
  }
  absl::Status Try(const v1::RecordConsentRequest& request) {
    v1::RecordConsentResponse response;
    return rpc::FromGrpc(stub().RecordConsent(Patient().get(), request, &response));
  }
  // What varsam-verify says of a document.
  int Verify(const std::string& receipt) {
    const std::string path = "/tmp/varsam-receipt-" + FreshId() + ".json";
    std::ofstream(path) << receipt;
    const char* const binaries = getenv("VARSAM_BINARY_DIR");
    const std::string vkey = app().host().ledger().signer().vkey();
    const auto shown = testing::RunCommand(std::string(binaries) + "/bin/varsam-verify '" + path +
                                           "' --vkey '" + vkey + "'");
    INFO(shown.text);
    unlink(path.c_str());
    CAPTURE(shown.text);
    return shown.code;
  }
};

}  // namespace

TEST_CASE("a candidate: recruitment without consent, talent pool with it, until withdrawn") {
  Suite suite;
  const std::string anna = suite.Register("applicant", registry::v1::RELATIONSHIP_KIND_APPLICATION);
  CHECK(suite.Ask(anna, "recruitment") == "ALLOW_CONTRACT");
  CHECK(suite.Ask(anna, "talent_pool") == "NO_CONSENT");

  const auto request = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  const v1::RecordConsentResponse given = suite.Record(request);
  CHECK(given.revision() == 1);
  CHECK(given.event().has_expires_at());
  CHECK(suite.Ask(anna, "talent_pool", given.revision()) == "ALLOW_CONSENT");

  // A replay answers the same; its receipt proves the same entry.
  const v1::RecordConsentResponse replay = suite.Record(request);
  CHECK(replay.event().id() == given.event().id());
  CHECK(replay.revision() == given.revision());
  auto changed = request;
  changed.set_choice(v1::CHOICE_REFUSED);
  CHECK(suite.Try(changed).code() == absl::StatusCode::kAlreadyExists);

  const v1::RecordConsentResponse withdrawn =
      suite.Record(suite.Choice(anna, "talent_pool", v1::CHOICE_WITHDRAWN));
  CHECK(suite.Ask(anna, "talent_pool", withdrawn.revision()) == "CONSENT_WITHDRAWN");
  CHECK(suite.Ask(anna, "recruitment", withdrawn.revision()) == "ALLOW_CONTRACT");

  v1::ListConsentsRequest list;
  list.set_subject_id(anna);
  v1::ListConsentsResponse listed;
  REQUIRE(suite.stub().ListConsents(Patient().get(), list, &listed).ok());
  CHECK(listed.events_size() == 2);
  REQUIRE(listed.states_size() == 1);
  CHECK(listed.states(0).state() == "CONSENT_WITHDRAWN");

  SECTION("after a restart the answers are the same") {
    suite.Restart();
    CHECK(suite.Ask(anna, "talent_pool", withdrawn.revision()) == "CONSENT_WITHDRAWN");
    CHECK(suite.Ask(anna, "recruitment") == "ALLOW_CONTRACT");
  }
  SECTION("what held before, and what was known then") {
    v1::DecideRequest request;
    request.mutable_query()->set_subject_id(anna);
    request.mutable_query()->set_purpose("talent_pool");
    *request.mutable_query()->mutable_at() = given.event().at();
    v1::DecideResponse response;
    REQUIRE(suite.stub().Decide(Patient().get(), request, &response).ok());
    CHECK(response.decision().reason() == "ALLOW_CONSENT");
    REQUIRE(response.decision().evidence_size() == 1);
    CHECK(response.decision().evidence(0) == given.event().id());
    request.mutable_query()->clear_at();
    *request.mutable_query()->mutable_as_known_at() = given.event().recorded_at();
    REQUIRE(suite.stub().Decide(Patient().get(), request, &response).ok());
    CHECK(response.decision().reason() == "ALLOW_CONSENT");
  }
}

TEST_CASE("a receipt verifies offline and not after one changed byte") {
  Suite suite;
  const std::string anna = suite.Register("applicant");
  const auto request = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  const v1::RecordConsentResponse given = suite.Record(request);
  REQUIRE(!given.receipt().empty());
  CHECK(suite.Verify(given.receipt()) == 0);
  std::string broken = given.receipt();
  const size_t at = broken.find("Kandidatbank");
  REQUIRE(at != std::string::npos);
  broken[at] = 'k';
  CHECK(suite.Verify(broken) != 0);
  CHECK(suite.Verify(suite.Record(request).receipt()) == 0);
  v1::GetReceiptRequest get;
  get.set_consent_id(given.event().id());
  v1::GetReceiptResponse got;
  REQUIRE(suite.stub().GetReceipt(Patient().get(), get, &got).ok());
  CHECK(suite.Verify(got.receipt()) == 0);
}

TEST_CASE("what is no consent is refused, with its reason") {
  Suite suite;
  const std::string anna = suite.Register("applicant");
  auto request = suite.Choice(anna, "recruitment", v1::CHOICE_GIVEN);
  CHECK(ReasonOf(suite.Try(request)) == "PURPOSE_NOT_CONSENT_BASED");
  request = suite.Choice(anna, "nonsense", v1::CHOICE_GIVEN);
  CHECK(ReasonOf(suite.Try(request)) == "PURPOSE_UNKNOWN");
  request = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  request.set_mechanism("preticked");
  CHECK(ReasonOf(suite.Try(request)) == "MECHANISM_NOT_CONSENT");
  request.set_mechanism("telepathy");
  CHECK(ReasonOf(suite.Try(request)) == "INVALID_FIELD");
  request = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  request.mutable_at()->set_seconds(4'000'000'000);
  CHECK(ReasonOf(suite.Try(request)) == "INVALID_FIELD");
  request = suite.Choice("not an id", "talent_pool", v1::CHOICE_GIVEN);
  CHECK(ReasonOf(suite.Try(request)) == "INVALID_FIELD");
  request = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  request.mutable_notice()->set_text_sha256(std::string(64, '0'));
  CHECK(ReasonOf(suite.Try(request)) == "NOTICE_MISMATCH");
  const auto old = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  suite.PublishNotice(false);
  CHECK(ReasonOf(suite.Try(old)) == "NOTICE_STALE");
  CHECK(suite.Ask(anna, "talent_pool") == "NO_CONSENT");

  v1::BatchRecordConsentsRequest batch;
  batch.set_request_id(FreshId());
  *batch.add_consents() = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  *batch.add_consents() = old;
  v1::BatchRecordConsentsResponse response;
  const absl::Status all_or_none =
      rpc::FromGrpc(suite.stub().BatchRecordConsents(Patient().get(), batch, &response));
  CHECK(ReasonOf(all_or_none) == "NOTICE_STALE");
  CHECK(suite.Ask(anna, "talent_pool") == "NO_CONSENT");
  *batch.mutable_consents(1) = suite.Choice(anna, "web_statistics", v1::CHOICE_REFUSED);
  REQUIRE(suite.stub().BatchRecordConsents(Patient().get(), batch, &response).ok());
  CHECK(suite.Ask(anna, "talent_pool", response.revision()) == "ALLOW_CONSENT");
  CHECK(suite.Ask(anna, "web_statistics", response.revision()) == "CONSENT_REFUSED");
}

TEST_CASE("objections, topics and the link in the mail stop marketing") {
  Suite suite;
  suite.Approve("lia_b2b_marketing");
  const std::string bo = suite.Register("prospect");
  CHECK(suite.Ask(bo, "marketing_email") == "MFL_CONSENT_REQUIRED");
  const auto given = suite.Record(suite.Choice(bo, "marketing_email", v1::CHOICE_GIVEN));
  CHECK(suite.Ask(bo, "marketing_email", given.revision()) == "ALLOW_CONSENT");

  v1::UpdatePreferencesRequest update;
  update.set_request_id(FreshId());
  update.set_subject_id(bo);
  update.add_update_mask("topics");
  update.mutable_preferences()->add_topics()->set_topic("nyheter");
  v1::UpdatePreferencesResponse updated;
  REQUIRE(suite.stub().UpdatePreferences(Patient().get(), update, &updated).ok());
  CHECK(suite.Ask(bo, "marketing_email", updated.revision(), "nyheter") == "TOPIC_OPTED_OUT");
  CHECK(suite.Ask(bo, "marketing_email", updated.revision(), "guider") == "ALLOW_CONSENT");
  update.set_request_id(FreshId());
  update.mutable_preferences()->set_etag("0");
  const auto refusal = [&] {
    return ReasonOf(
        rpc::FromGrpc(suite.stub().UpdatePreferences(Patient().get(), update, &updated)));
  };
  CHECK(refusal() == "ETAG_MISMATCH");
  update.set_update_mask(0, "everything");
  CHECK(refusal() == "INVALID_FIELD");
  update.set_request_id(FreshId());
  const absl::Status mask =
      rpc::FromGrpc(suite.stub().UpdatePreferences(Patient().get(), update, &updated));
  REQUIRE(FieldViolationsOf(mask).size() == 1);
  CHECK(FieldViolationsOf(mask)[0].field == "update_mask");
  CHECK(FieldViolationsOf(mask)[0].description == "everything, want topics or global_stop");
  v1::GetPreferencesRequest get;
  get.set_subject_id(bo);
  v1::GetPreferencesResponse stands;
  REQUIRE(suite.stub().GetPreferences(Patient().get(), get, &stands).ok());
  CHECK(stands.preferences().etag() == "1");  // of the one good update
  CHECK(stands.preferences().topics_size() == 1);

  v1::IssueUnsubscribeTokenRequest issue;
  issue.set_subject_id(bo);
  issue.set_mailing("2026-11");
  v1::IssueUnsubscribeTokenResponse link;
  REQUIRE(suite.stub().IssueUnsubscribeToken(Patient().get(), issue, &link).ok());
  v1::UnsubscribeRequest click;
  click.set_token(link.token());
  v1::UnsubscribeResponse clicked, again;
  REQUIRE(suite.stub().Unsubscribe(Patient().get(), click, &clicked).ok());
  CHECK(suite.Ask(bo, "marketing_email", clicked.revision()) == "OBJECTION_MARKETING");
  REQUIRE(suite.stub().Unsubscribe(Patient().get(), click, &again).ok());
  CHECK(again.revision() == clicked.revision());
  std::string forged = link.token();
  forged[10] = forged[10] == 'A' ? 'B' : 'A';
  click.set_token(forged);
  CHECK(ReasonOf(rpc::FromGrpc(suite.stub().Unsubscribe(Patient().get(), click, &again))) ==
        "TOKEN_UNKNOWN");
}

TEST_CASE("the one stop, asked for again, stands over a consent given since; a topic by channel") {
  Suite suite;
  suite.Approve("lia_b2b_marketing");
  const std::string bo = suite.Register("customer_contact");
  v1::UpdatePreferencesRequest update;
  update.set_subject_id(bo);
  update.add_update_mask("global_stop");
  update.mutable_preferences()->set_global_stop(true);
  v1::UpdatePreferencesResponse stopped;
  const auto apply = [&] {
    update.set_request_id(FreshId());
    REQUIRE(suite.stub().UpdatePreferences(Patient().get(), update, &stopped).ok());
    return stopped.revision();
  };
  CHECK(suite.Ask(bo, "marketing_email", apply()) == "OBJECTION_MARKETING");
  const auto given = suite.Record(suite.Choice(bo, "marketing_email", v1::CHOICE_GIVEN));
  CHECK(suite.Ask(bo, "marketing_email", given.revision()) == "ALLOW_CONSENT");
  CHECK(suite.Ask(bo, "marketing_email", apply()) == "OBJECTION_MARKETING");
  update.mutable_preferences()->set_global_stop(false);
  CHECK(suite.Ask(bo, "marketing_email", apply()) == "ALLOW_CONSENT");
  update.set_update_mask(0, "topics");
  v1::TopicPreference* topic = update.mutable_preferences()->add_topics();
  topic->set_topic("nyheter");
  topic->set_channel("phone");
  CHECK(suite.Ask(bo, "marketing_email", apply(), "nyheter") == "ALLOW_CONSENT");
  topic->set_channel("email");
  CHECK(suite.Ask(bo, "marketing_email", apply(), "nyheter") == "TOPIC_OPTED_OUT");
  v1::GetPreferencesRequest get;
  get.set_subject_id(bo);
  v1::GetPreferencesResponse got;
  REQUIRE(suite.stub().GetPreferences(Patient().get(), get, &got).ok());
  REQUIRE(got.preferences().topics_size() == 2);
  CHECK(got.preferences().topics(0).channel() == "email");
  CHECK(got.preferences().topics(1).topic() == "nyheter");
}

TEST_CASE("a stop without a name is a stop for every recipient, in the list too") {
  Suite suite;
  const std::string bo = suite.Register("customer_contact");
  auto approve = suite.Choice(bo, "third_party_disclosure", v1::CHOICE_GIVEN);
  CHECK(ReasonOf(suite.Try(approve)) == "INVALID_FIELD");
  approve.set_recipient("partner_a");
  suite.Record(approve);
  const auto states = [&] {
    v1::ListConsentsRequest list;
    list.set_subject_id(bo);
    v1::ListConsentsResponse listed;
    REQUIRE(suite.stub().ListConsents(Patient().get(), list, &listed).ok());
    std::string all;
    for (const v1::ConsentState& one : listed.states()) {
      all += one.recipient() + "=" + one.state() + " ";
    }
    return all;
  };
  CHECK(states() == "partner_a=VALID ");
  suite.Record(suite.Choice(bo, "third_party_disclosure", v1::CHOICE_WITHDRAWN));
  CHECK(states() == "partner_a=CONSENT_WITHDRAWN ");
}

TEST_CASE("ten thousand choices of one person: the last one counts") {
  Suite suite;
  const std::string anna = suite.Register("applicant");
  v1::BatchRecordConsentsResponse response;
  for (int i = 0; i < 100; ++i) {
    v1::BatchRecordConsentsRequest batch;
    batch.set_request_id(FreshId());
    for (int j = 0; j < 50; ++j) {
      *batch.add_consents() = suite.Choice(anna, "talent_pool", v1::CHOICE_WITHDRAWN);
      *batch.add_consents() = suite.Choice(anna, "web_statistics", v1::CHOICE_GIVEN);
    }
    REQUIRE(suite.stub().BatchRecordConsents(Patient().get(), batch, &response).ok());
  }
  const auto last = suite.Record(suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN));
  CHECK(last.revision() == 10'001);
  CHECK(suite.Ask(anna, "talent_pool", last.revision()) == "ALLOW_CONSENT");
  const auto ended = suite.Record(suite.Choice(anna, "web_statistics", v1::CHOICE_WITHDRAWN));
  CHECK(suite.Ask(anna, "web_statistics", ended.revision()) == "CONSENT_WITHDRAWN");
  v1::ListConsentsRequest list;
  list.set_subject_id(anna);
  v1::ListConsentsResponse listed;
  REQUIRE(suite.stub().ListConsents(Patient().get(), list, &listed).ok());
  REQUIRE(listed.states_size() == 2);
  CHECK(listed.states(0).state() == "VALID");
  CHECK(listed.states(1).state() == "CONSENT_WITHDRAWN");
  CHECK(listed.states(1).deciding_event().id() == ended.event().id());
}

TEST_CASE("an Art. 21(1) objection stops while it is assessed; its outcome decides") {
  Suite suite;
  suite.Approve("lia_service");
  const std::string bo = suite.Register("customer_contact");
  CHECK(suite.Ask(bo, "service_improvement") == "ALLOW_LEGITIMATE_INTEREST");
  v1::RecordObjectionRequest request;
  request.set_request_id(FreshId());
  request.set_subject_id(bo);
  request.add_purposes("service_improvement");
  v1::RecordObjectionResponse recorded;
  REQUIRE(suite.stub().RecordObjection(Patient().get(), request, &recorded).ok());
  CHECK(suite.Ask(bo, "service_improvement", recorded.revision()) == "OBJECTION_PENDING");
  v1::DecideObjectionRequest decide;
  decide.set_request_id(FreshId());
  decide.set_objection_id(recorded.objection().id());
  decide.set_outcome("rejected");
  v1::DecideObjectionResponse decided;
  CHECK(ReasonOf(rpc::FromGrpc(suite.stub().DecideObjection(Patient().get(), decide, &decided))) ==
        "INVALID_FIELD");
  decide.set_request_id(FreshId());
  decide.set_reasons("Tvingande skäl som väger tyngre.");
  REQUIRE(suite.stub().DecideObjection(Patient().get(), decide, &decided).ok());
  CHECK(suite.Ask(bo, "service_improvement", decided.revision()) == "ALLOW_LEGITIMATE_INTEREST");
  decide.set_request_id(FreshId());
  CHECK(ReasonOf(rpc::FromGrpc(suite.stub().DecideObjection(Patient().get(), decide, &decided))) ==
        "OBJECTION_DECIDED");
}

TEST_CASE("the calls a service makes are in its metrics") {
  ConsentStack suite;
  suite.Prepare();
  // Each feed is one long call.
  CHECK(suite.app().host().metrics().Text().find(
            R"(varsam_rpc_client_in_flight{method="varsam.ledger.v1.LedgerService/Tail"} 3)") !=
        std::string::npos);
}

TEST_CASE("restriction, retention and holds arrive by their feeds") {
  Suite suite;
  suite.Approve("lia_service");
  const std::string bo = suite.Register("customer_contact");
  retention::v1::RetentionEntry limits;
  auto* person = limits.mutable_limits_changed()->add_subjects();
  person->set_subject_id(bo);
  person->add_limits()->set_data_category("opinion");
  person->mutable_limits(0)->set_may_until("2026-01-31");
  suite.retention().Append("limits_changed", limits.SerializeAsString());
  v1::DecideRequest request;
  request.mutable_query()->set_subject_id(bo);
  request.mutable_query()->set_purpose("service_improvement");
  request.mutable_query()->add_data_categories("opinion");
  v1::DecideResponse response;
  const auto decides = [&](const std::string& reason) {
    return testing::Eventually([&] {
      return suite.stub().Decide(Patient().get(), request, &response).ok() &&
             response.decision().reason() == reason;
    });
  };
  CHECK(decides("RETENTION_EXPIRED"));
  retention::v1::RetentionEntry hold;
  auto* placed = hold.mutable_hold_placed()->mutable_hold();
  placed->set_id(FreshId());
  placed->mutable_scope()->add_subject_ids(bo);
  placed->mutable_set_at()->set_seconds(1'700'000'000);
  suite.retention().Append("hold_placed", hold.SerializeAsString());
  CHECK(decides("HELD_FOR_CLAIMS_ONLY"));
  requests::v1::RequestsEntry restriction;
  auto* changed = restriction.mutable_restriction_changed();
  changed->set_subject_id(bo);
  changed->set_case_id(FreshId());
  changed->mutable_from()->set_seconds(1'700'000'000);
  suite.requests().Append("restriction_changed", restriction.SerializeAsString());
  CHECK(decides("RESTRICTED"));
  changed->mutable_to()->set_seconds(1'700'000'001);
  suite.requests().Append("restriction_changed", restriction.SerializeAsString());
  CHECK(decides("HELD_FOR_CLAIMS_ONLY"));
}

TEST_CASE("missing facts deny: an unknown person, a revision that is not there") {
  Suite suite;
  CHECK(suite.Ask(NewUuidV4().ToString(), "cookie_necessary") == "INDETERMINATE");
  v1::DecideRequest request;
  request.mutable_query()->set_subject_id(NewUuidV4().ToString());
  request.mutable_query()->set_purpose("cookie_necessary");
  request.set_at_least_revision(1'000'000);
  v1::DecideResponse response;
  const auto context = rpc::NewContext({.deadline = SystemClock().Now() + absl::Milliseconds(400)});
  const absl::Status status = rpc::FromGrpc(suite.stub().Decide(context.get(), request, &response));
  CHECK(ReasonOf(status) == "REVISION_NOT_YET");
  CHECK(RetryAfterOf(status).has_value());
}

TEST_CASE("an address that may not be approached is known by its keyed hash") {
  Suite suite;
  v1::AddSuppressionRequest add;
  add.set_request_id(FreshId());
  add.set_scope("all");
  add.mutable_identifier()->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
  add.mutable_identifier()->set_value("Stopp@Example.se");
  v1::AddSuppressionResponse added, twice;
  REQUIRE(suite.stub().AddSuppression(Patient().get(), add, &added).ok());
  add.set_request_id(FreshId());
  REQUIRE(suite.stub().AddSuppression(Patient().get(), add, &twice).ok());
  CHECK(twice.id() == added.id());
  v1::ScreenSuppressionsRequest screen;
  *screen.add_identifiers() = add.identifier();
  screen.add_identifiers()->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
  screen.mutable_identifiers(1)->set_value("annan@example.se");
  v1::ScreenSuppressionsResponse screened;
  REQUIRE(suite.stub().ScreenSuppressions(Patient().get(), screen, &screened).ok());
  CHECK(screened.suppressed(0));
  CHECK_FALSE(screened.suppressed(1));

  v1::ListSuppressionReviewsRequest list;
  v1::ListSuppressionReviewsResponse due;
  REQUIRE(suite.stub().ListSuppressionReviews(Patient().get(), list, &due).ok());
  CHECK(due.reviews_size() == 0);  // not for two years
  v1::ReviewSuppressionRequest review;
  review.set_request_id(FreshId());
  review.set_suppression_id(added.id());
  review.set_still_needed(true);
  v1::ReviewSuppressionResponse reviewed;
  REQUIRE(suite.stub().ReviewSuppression(Patient().get(), review, &reviewed).ok());
  REQUIRE(suite.stub().ScreenSuppressions(Patient().get(), screen, &screened).ok());
  CHECK(screened.suppressed(0));
  review.set_request_id(FreshId());
  review.set_still_needed(false);
  REQUIRE(suite.stub().ReviewSuppression(Patient().get(), review, &reviewed).ok());
  screened.Clear();
  REQUIRE(suite.stub().ScreenSuppressions(Patient().get(), screen, &screened).ok());
  CHECK_FALSE(screened.suppressed(0));
  review.set_request_id(FreshId());
  CHECK(ReasonOf(rpc::FromGrpc(suite.stub().ReviewSuppression(
            Patient().get(), review, &reviewed))) == "SUPPRESSION_UNKNOWN");
}

}  // namespace varsam::consent
