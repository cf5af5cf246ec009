// The record of a choice: canonical as written, and read back from its payload unchanged.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

ConsentTerms Terms() {
  return {.purpose_label = "Kandidat\"bank\\",
          .purpose_type = "direct_marketing",
          .impact_assessment = "dpia_pool",
          .controller_name = "Bolaget AB\n",
          .controller_number = "556000-0000",
          .controller_address = "Gatan 1\t111 11 Å",
          .controller_contact = "mailto:fraga@example.se",
          .authority = "IMY",
          .policy_version = "1",
          .consent_valid = "P24M",
          .retention_period = "P12M",
          .data_categories = {ConsentTerms::DataTerm{"name"},
                              ConsentTerms::DataTerm{"health", true, true}},
          .storage_locations = {"SE"},
          .processors = {{"v_a", "A AB", "eea", ""}, {"v_b", "", "third_country", "scc"}, {"v_c"}},
          .rights = {"access", "withdraw_consent"}};
}

RecordedConsent Event() {
  RecordedConsent event;
  event.id = NewUuidV4();
  event.subject = SubjectId(NewUuidV4());
  event.purpose = PurposeId("talent_pool");
  event.type = ConsentEventType::kGiven;
  event.at = absl::FromUnixMicros(1'790'000'000'000'001);
  event.recorded_at = event.at + absl::Seconds(1);
  event.mechanism = "button";
  event.notice = {"join", 3, "sv", std::string(64, 'a')};
  event.recipient = "x";
  event.channel = "web";
  event.expires_at = event.at + absl::Hours(24);
  return event;
}

}  // namespace

TEST_CASE("the record of a choice is canonical JSON, bound to its entry") {
  RecordedConsent event = Event();
  ConsentTerms terms = Terms();
  const bool bare = GENERATE(false, true);
  if (bare) {
    terms = {};
    event.expires_at.reset();
    event.recipient.clear();
  }
  const ledger::Entry entry = ConsentRecordedEntry(event, terms);
  REQUIRE(entry.receipt.has_value());
  const auto record = nlohmann::json::parse(entry.receipt->record);
  CHECK(record.dump() == entry.receipt->record);
  CHECK(record["event"].contains("expires_at") == !bare);
  CHECK(record["recipient_third_parties"].size() == (bare ? 0 : 1));
  CHECK(record["event"]["entity_id"] == event.subject.ToString());
  CHECK(record["receipt_id"] == event.id.ToString());
  CHECK(record.contains("purpose_type") == !bare);
  CHECK(record.contains("impact_assessment") == !bare);
  const auto pii = nlohmann::json::parse(
      R"([{"pii_type":"name"},)"
      R"({"pii_type":"health","sensitive_pii_category":true,"special_pii_category":true}])");
  CHECK(record["pii_information"] == (bare ? nlohmann::json::array() : pii));
  CHECK(record["retention_period"] == (bare ? "until_withdrawn" : "P12M"));
  CHECK(record["event"]["validity_duration"] == (bare ? "until_withdrawn" : "P24M"));
  CHECK(record.contains("pii_processors") == !bare);
  CHECK(record.contains("processing_locations") == !bare);
  if (!bare) {
    CHECK(record["processing_locations"] == nlohmann::json({"eea", "third_country"}));
    CHECK(record["privacy_rights"] == nlohmann::json({"access", "withdraw_consent"}));
    CHECK(record["pii_processors"][0]["party_name"] == "A AB");
    CHECK(record["pii_processors"][1]["transfer_mechanism"] == "scc");
    // Nothing is said of what no agreement tells.
    CHECK_FALSE(record["pii_processors"][2].contains("processing_location"));
  }

  // Read back from the payload, parsed and written anew, the facts are the same.
  auto facts = ReceiptFactsOf(entry.payload);
  REQUIRE(facts.ok());
  facts->canonical = false;
  ledger::Entry again{.kind = entry.kind, .payload = ""};
  REQUIRE(ledger::BindReceipt(again, *facts).ok());
  CHECK(again.receipt->record == entry.receipt->record);
  CHECK(again.receipt->text == entry.receipt->text);
  CHECK(entry.payload.ends_with(again.payload));
}

}  // namespace varsam::consent
