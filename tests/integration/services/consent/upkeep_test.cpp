// What comes due by the calendar, agreements and transfers from the registry, and receipts that a
// person fetches.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/calendar/stockholm.h"
#include "libs/rpc/status.h"
#include "tests/support/consent_stack.h"

namespace varsam::consent {
namespace {

using testing::ConsentStack;
using testing::FreshId;
using testing::Patient;
using varsam::ReasonOf;

struct Suite : ConsentStack {
  Suite() { Prepare(); }
  ~Suite() { unlink(clock_file.c_str()); }

  // The service again, at another time.
  void RestartAt(absl::Time now) {
    std::ofstream(clock_file) << absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone());
    ground().UseClockFile(clock_file);
    Restart();
  }
  std::vector<std::string> Due() {
    v1::ListSuppressionReviewsResponse response;
    REQUIRE(stub().ListSuppressionReviews(Patient().get(), {}, &response).ok());
    std::vector<std::string> ids;
    for (const v1::SuppressionReview& one : response.reviews()) ids.push_back(one.suppression_id());
    return ids;
  }
  void Review(const std::string& id, bool still_needed) {
    v1::ReviewSuppressionRequest request;
    request.set_request_id(FreshId());
    request.set_suppression_id(id);
    request.set_still_needed(still_needed);
    v1::ReviewSuppressionResponse response;
    REQUIRE(stub().ReviewSuppression(Patient().get(), request, &response).ok());
  }
  bool Screened(const common::v1::Identifier& address) {
    v1::ScreenSuppressionsRequest request;
    *request.add_identifiers() = address;
    v1::ScreenSuppressionsResponse response;
    REQUIRE(stub().ScreenSuppressions(Patient().get(), request, &response).ok());
    return response.suppressed(0);
  }
  const std::string clock_file = absl::StrCat("/tmp/varsam-consent-clock-", getpid());
};

}  // namespace

TEST_CASE("a suppressed address comes up for review after two years, and again two years later") {
  Suite suite;
  v1::AddSuppressionRequest add;
  add.set_request_id(FreshId());
  add.mutable_identifier()->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
  add.mutable_identifier()->set_value("nej.tack@example.se");
  add.set_scope("all");
  v1::AddSuppressionResponse added;
  REQUIRE(suite.stub().AddSuppression(Patient().get(), add, &added).ok());
  CHECK(suite.Due().empty());
  const absl::Time start = SystemClock().Now();
  const calendar::LocalDay due =
      calendar::AddPeriod(calendar::LocalDayOf(start), calendar::Months(24));
  const auto noon = [](calendar::LocalDay day) {
    return calendar::StartOfDay(day) + absl::Hours(12);
  };
  suite.RestartAt(noon(due - 1));
  CHECK(suite.Due().empty());
  suite.RestartAt(noon(due));
  CHECK(suite.Due() == std::vector<std::string>{added.id()});
  suite.Review(added.id(), true);
  CHECK(suite.Due().empty());
  CHECK(suite.Screened(add.identifier()));
  suite.RestartAt(noon(calendar::AddPeriod(due, calendar::Months(24))));
  CHECK(suite.Due() == std::vector<std::string>{added.id()});
  suite.Review(added.id(), false);
  CHECK(suite.Due().empty());
  CHECK_FALSE(suite.Screened(add.identifier()));
  v1::ReviewSuppressionRequest again;
  again.set_request_id(FreshId());
  again.set_suppression_id(added.id());
  v1::ReviewSuppressionResponse response;
  CHECK(ReasonOf(rpc::FromGrpc(suite.stub().ReviewSuppression(
            Patient().get(), again, &response))) == "SUPPRESSION_UNKNOWN");
}

TEST_CASE("bad input has a defined answer and leaves nothing behind") {
  Suite suite;
  const std::string anna = suite.Register("applicant");
  v1::RecordConsentResponse recorded;
  const auto record = [&](const v1::RecordConsentRequest& request) {
    const absl::Status status =
        rpc::FromGrpc(suite.stub().RecordConsent(Patient().get(), request, &recorded));
    return status.ok() ? "accepted" : std::string(ReasonOf(status));
  };
  const auto asks = [&](uint64_t revision) {
    v1::DecideRequest request;
    request.mutable_query()->set_subject_id(anna);
    request.mutable_query()->set_purpose("talent_pool");
    request.set_at_least_revision(revision);
    v1::DecideResponse response;
    REQUIRE(suite.stub().Decide(Patient().get(), request, &response).ok());
    return response.decision().reason();
  };
  auto choice = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  choice.mutable_notice()->clear_version();
  CHECK(record(choice) == "NOTICE_UNKNOWN");
  choice.clear_notice();
  CHECK(record(choice) == "INVALID_FIELD");
  choice = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  choice.set_snapshot_token("A.B");
  CHECK(record(choice) == "SNAPSHOT_UNKNOWN");
  CHECK(asks(0) == "NO_CONSENT");

  // Equal timestamps: the most protective wins, whichever came first.
  choice = suite.Choice(anna, "talent_pool", v1::CHOICE_WITHDRAWN);
  const int64_t now = absl::ToUnixMicros(SystemClock().Now());
  choice.mutable_at()->set_seconds(now / 1'000'000);
  choice.mutable_at()->set_nanos(static_cast<int32_t>(now % 1'000'000 * 1000));
  REQUIRE(record(choice) == "accepted");
  auto given = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  *given.mutable_at() = choice.at();
  REQUIRE(record(given) == "accepted");
  CHECK(asks(recorded.revision()) == "CONSENT_WITHDRAWN");

  choice = suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN);
  REQUIRE(record(choice) == "accepted");
  const std::string id = recorded.event().id();
  choice.set_choice(v1::CHOICE_WITHDRAWN);
  CHECK(record(choice) == "REQUEST_ID_REUSED");
  choice.set_choice(v1::CHOICE_GIVEN);
  CHECK(record(choice) == "accepted");
  CHECK(recorded.event().id() == id);
  CHECK(asks(recorded.revision()) == "ALLOW_CONSENT");
}

TEST_CASE("a processor is used under an agreement, and outside the EEA under a transfer ground") {
  Suite suite;
  const std::string anna = suite.Register("applicant");
  v1::RecordConsentResponse recorded;
  REQUIRE(suite.stub()
              .RecordConsent(Patient().get(), suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN),
                             &recorded)
              .ok());
  const auto agree = [&](const std::string& status, const std::string& expires_on,
                         const std::string& region, const std::string& mechanism,
                         const std::string& valid_to) {
    registry::v1::RecordProcessorAgreementRequest request;
    request.set_request_id(FreshId());
    registry::v1::ProcessorAgreement* const to = request.mutable_agreement();
    to->set_processor("v_recruiting");
    to->set_status(status);
    if (status == "signed") to->set_signed_on("2025-01-01");
    to->set_expires_on(expires_on);
    to->set_region(region);
    to->set_transfer_mechanism(mechanism);
    to->set_transfer_valid_to(valid_to);
    registry::v1::RecordProcessorAgreementResponse response;
    const grpc::Status done =
        suite.registry().RecordProcessorAgreement(Patient().get(), request, &response);
    INFO(done.error_message());
    REQUIRE(done.ok());
  };
  const auto decides = [&](const std::string& reason) {
    v1::DecideRequest request;
    request.mutable_query()->set_subject_id(anna);
    request.mutable_query()->set_purpose("talent_pool");
    request.mutable_query()->mutable_recipient()->set_kind(v1::RECIPIENT_KIND_PROCESSOR);
    request.mutable_query()->mutable_recipient()->set_id("v_recruiting");
    request.set_at_least_revision(recorded.revision());
    v1::DecideResponse response;
    return testing::Eventually([&] {
      return suite.stub().Decide(Patient().get(), request, &response).ok() &&
             response.decision().reason() == reason;
    });
  };
  CHECK(decides("DPA_MISSING"));
  agree("signed", "2099-12-31", "eea", "", "");
  CHECK(decides("ALLOW_CONSENT"));
  agree("signed", "2026-01-31", "eea", "", "");
  CHECK(decides("DPA_EXPIRED"));
  agree("signed", "2099-12-31", "third_country", "", "");
  CHECK(decides("TRANSFER_NOT_COVERED"));
  agree("signed", "2099-12-31", "third_country", "scc", "2099-12-31");
  CHECK(decides("ALLOW_CONSENT"));
  // A receipt from now on says who processes, where, and on what the transfer rests.
  v1::RecordConsentResponse told;
  REQUIRE(suite.stub()
              .RecordConsent(Patient().get(), suite.Choice(anna, "talent_pool", v1::CHOICE_RENEWED),
                             &told)
              .ok());
  const auto record = nlohmann::json::parse(told.receipt()).at("record");
  const auto& processor = record.at("pii_processors").at(0);
  CHECK(processor.at("party_id") == "v_recruiting");
  CHECK(processor.at("processing_location") == "third_country");
  CHECK(processor.at("transfer_mechanism") == "scc");
  CHECK(record.at("processing_locations") == nlohmann::json({"third_country"}));
  CHECK(record.at("retention_period") == "P24M");
  const auto& rights = record.at("privacy_rights");
  CHECK(std::find(rights.begin(), rights.end(), "withdraw_consent") != rights.end());
  CHECK(std::find(rights.begin(), rights.end(), "objection_li") == rights.end());
  agree("signed", "2099-12-31", "third_country", "adequacy", "2026-01-31");
  CHECK(decides("TRANSFER_NOT_COVERED"));
}

TEST_CASE("a receipt is given to the person whose choice it is, when asked for as theirs") {
  Suite suite;
  const std::string anna = suite.Register("applicant"), bo = suite.Register("applicant");
  v1::RecordConsentResponse recorded;
  REQUIRE(suite.stub()
              .RecordConsent(Patient().get(), suite.Choice(anna, "talent_pool", v1::CHOICE_GIVEN),
                             &recorded)
              .ok());
  const auto get = [&](const std::string& subject) {
    v1::GetReceiptRequest request;
    request.set_consent_id(recorded.event().id());
    request.set_subject_id(subject);
    v1::GetReceiptResponse response;
    const absl::Status status =
        rpc::FromGrpc(suite.stub().GetReceipt(Patient().get(), request, &response));
    if (!status.ok()) return std::string(ReasonOf(status));
    return std::string(response.receipt().empty() ? "empty" : "given");
  };
  CHECK(get("") == "given");
  CHECK(get(anna) == "given");
  CHECK(get(bo) == "CONSENT_UNKNOWN");
  CHECK(get("nobody") == "CONSENT_UNKNOWN");
}

}  // namespace varsam::consent
