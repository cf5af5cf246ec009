// Kantara Consent Receipt 1.1 as choices of ours.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "libs/base/error.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

struct Import {
  Import() {
    record.set_subject_id(NewUuidV4().ToString());
    record.set_mechanism("unticked_box");
    record.set_evidence_reference("archive/7");
    (*request.mutable_purposes())["Newsletter"] = "marketing_email";
    receipt = {{"version", "KI-CR-v1.1.0"},
               {"jurisdiction", "SE"},
               {"consentTimestamp", 1'700'000'000},
               {"collectionMethod", "web form"},
               {"consentReceiptID", "c1befd3e-b7e5-4ea6-8688-e9a565aade21"},
               {"piiPrincipalId", "someone@example.se"},
               {"language", "sv"},
               {"policyUrl", "https://old.example/policy"},
               {"services",
                {{{"service", "Shop"},
                  {"purposes", {{{"purpose", "Newsletter"}, {"consentType", "EXPLICIT"}}}}}}}};
  }
  nlohmann::json& purpose() { return receipt["services"][0]["purposes"][0]; }
  absl::StatusOr<std::vector<RecordConsent>> Run() {
    record.set_document(receipt.dump());
    return FromKantara(record, request, kNow, "records[0]");
  }
  std::string Refusal() {
    const auto asks = Run();
    return asks.ok() ? "accepted" : varsam::ReasonOf(asks.status());
  }

  nlohmann::json receipt;
  v1::ForeignConsentRecord record;
  v1::ImportConsentsRequest request;
};

}  // namespace

TEST_CASE("a receipt becomes a consent of its time, with what proves it") {
  Import import;
  const auto asks = import.Run();
  REQUIRE(asks.ok());
  REQUIRE(asks->size() == 1);
  const RecordConsent& ask = asks->front();
  CHECK(ask.purpose.value() == "marketing_email");
  CHECK(ask.actor == Actor::kImport);
  CHECK(ask.choice == ConsentEventType::kGiven);
  CHECK(ask.at == absl::FromUnixSeconds(1'700'000'000));
  CHECK(ask.notice.id == "https://old.example/policy");
  CHECK(ask.evidence_reference == "archive/7");
}

TEST_CASE("an implied consent is none; a termination is honoured or makes the consent unproven") {
  Import import;
  import.purpose()["consentType"] = "IMPLICIT";
  CHECK(import.Refusal() == "MECHANISM_NOT_CONSENT");
  import.purpose()["consentType"] = "EXPLICIT";
  import.purpose()["termination"] = "2024-12-31";
  const auto ended = import.Run();
  REQUIRE(ended.ok());
  REQUIRE(ended->size() == 2);
  CHECK((*ended)[1].choice == ConsentEventType::kInvalidated);
  import.purpose()["termination"] = "2049-12-31";
  CHECK(import.Refusal() == "CONSENT_ENDS_SOONER");
  import.purpose()["termination"] = "when the contract ends";
  REQUIRE(import.Run().ok());
  CHECK(import.Run()->front().evidence_reference.empty());
}

TEST_CASE("what is no receipt is refused, and says which") {
  Import import;
  import.receipt.erase("consentTimestamp");
  CHECK(import.Refusal() == "RECORD_UNREADABLE");
  import.receipt["consentTimestamp"] = "yesterday";
  CHECK(import.Refusal() == "RECORD_UNREADABLE");
  import.receipt["consentTimestamp"] = 1'700'000'000;
  import.receipt["services"] = nlohmann::json::array();
  CHECK(import.Refusal() == "RECORD_UNREADABLE");
  import.receipt["services"] = {1, 2};
  CHECK(import.Refusal() == "RECORD_UNREADABLE");
  import.record.set_subject_id("somebody");
  CHECK(import.Refusal() == "INVALID_FIELD");
  Import deep;
  deep.record.set_document(std::string(60'000, '['));
  CHECK(varsam::ReasonOf(FromKantara(deep.record, deep.request, kNow, "records[3]").status()) ==
        "RECORD_UNREADABLE");
}

}  // namespace varsam::consent
