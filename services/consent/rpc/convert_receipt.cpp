// The record of a choice in the terms of ISO/IEC TS 27560, and the sentences a person reads in it.
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/calendar/stockholm.h"
#include "services/consent/rpc/convert.h"
#include "varsam/consent/v1/consent_entry.pb.h"

namespace varsam::consent {
namespace {

using Json = nlohmann::json;

struct ChoiceText {
  const char* state;  // event_state
  const char* sv;
  const char* en;
};

const ChoiceText& TextOf(ConsentEventType type) {
  static constexpr ChoiceText kTexts[] = {
      {"consent_requested", "Du har tillfrågats om samtycke till", "You were asked to consent to"},
      {"consent_given", "Du har samtyckt till", "You have consented to"},
      {"consent_renewed", "Du har förnyat ditt samtycke till", "You have renewed your consent to"},
      {"consent_refused", "Du har sagt nej till", "You have refused"},
      {"consent_withdrawn", "Du har tagit tillbaka ditt samtycke till",
       "You have withdrawn your consent to"},
      {"consent_invalidated", "Samtycket gäller inte längre för",
       "The consent no longer holds for"},
  };
  return kTexts[static_cast<int>(type)];
}

std::string Utc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

const char* ActorName(Actor actor) {
  switch (actor) {
    case Actor::kSubject: return "subject";
    case Actor::kStaff: return "staff";
    case Actor::kImport: return "import";
  }
  return "subject";
}

Json EventPart(const RecordedConsent& event, const ConsentTerms& terms) {
  Json part = {{"event_time", Utc(event.at)},
               {"recorded_time", Utc(event.recorded_at)},
               {"validity_duration", terms.consent_valid.empty() ? "until_withdrawn"
                                                                 : terms.consent_valid},
               {"entity_id", event.subject.ToString()},
               {"event_type", event.actor == Actor::kSubject ? "expressed" : "recorded"},
               {"event_state", TextOf(event.type).state},
               {"actor", ActorName(event.actor)},
               {"verified", event.verified},
               {"mechanism", event.mechanism},
               {"channel", event.channel},
               {"evidence_ref", event.evidence_reference}};
  if (event.expires_at) part["expires_at"] = Utc(*event.expires_at);
  return part;
}

std::string RecordJson(const RecordedConsent& event, const ConsentTerms& terms) {
  Json information = Json::array();
  for (const std::string& category : terms.data_categories) {
    information.push_back({{"pii_type", category}});
  }
  Json recipients = Json::array();
  if (!event.recipient.empty()) recipients.push_back(event.recipient);
  const Json record = {
      {"schema_version", "ISO/IEC TS 27560:2023"},
      {"record_id", event.id.ToString()},
      {"receipt_id", event.id.ToString()},
      {"pii_principal_id", event.subject.ToString()},
      {"privacy_notice", {{"id", event.notice.id},
                          {"version", event.notice.version},
                          {"sha256", event.notice.text_sha256}}},
      {"language", event.notice.language},
      {"purpose", event.purpose.value()},
      {"purpose_label", terms.purpose_label},
      {"lawful_basis", "consent"},
      {"pii_information", information},
      {"pii_controllers", Json::array({terms.controller_name})},
      {"collection_method", event.channel},
      {"storage_locations", terms.storage_locations},
      {"retention_period",
       terms.consent_valid.empty() ? "until_withdrawn" : terms.consent_valid},
      {"jurisdiction", "SE"},
      {"recipient_third_parties", recipients},
      {"withdrawal_method", "the way it was given, or " + terms.controller_contact},
      {"privacy_rights", Json::array({"withdraw", "access", "erasure", "complaint"})},
      {"authority_party", terms.authority},
      {"policy_version", terms.policy_version},
      {"party", {{"party_id", terms.controller_number},
                 {"party_name", terms.controller_name},
                 {"party_address", terms.controller_address},
                 {"party_contact", terms.controller_contact},
                 {"party_type", "pii_controller"},
                 {"party_role", "controller"}}},
      {"event", EventPart(event, terms)}};
  return record.dump();
}

}  // namespace

std::string ConsentRecordedEntry(const RecordedConsent& event, const ConsentTerms& terms) {
  v1::ConsentEntry entry;
  ToProto(event, entry.mutable_consent_recorded()->mutable_event());
  entry.mutable_consent_recorded()->set_record_json(RecordJson(event, terms));
  return entry.SerializeAsString();
}

absl::StatusOr<ledger::ReceiptFacts> ReceiptFactsOf(std::string_view payload) {
  v1::ConsentEntry entry;
  if (!entry.ParseFromArray(payload.data(), static_cast<int>(payload.size())) ||
      !entry.has_consent_recorded()) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "ENTRY_UNREADABLE",
                           "the entry is not that of a choice");
  }
  const v1::ConsentRecorded& recorded = entry.consent_recorded();
  const Json record = Json::parse(recorded.record_json(), nullptr, false);
  if (record.is_discarded() || !record.contains("purpose_label")) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "ENTRY_UNREADABLE",
                           "the record of a choice does not parse");
  }
  const auto type = static_cast<ConsentEventType>(recorded.event().choice() - 1);
  const absl::Time at =
      absl::FromUnixMicros(recorded.event().at().seconds() * 1'000'000 +
                           recorded.event().at().nanos() / 1000);
  const std::string label = record["purpose_label"].get<std::string>();
  const ChoiceText& text = TextOf(type);
  return ledger::ReceiptFacts{
      .type = "receipt",
      .text_sv = absl::StrCat(text.sv, " ”", label, "”, ", calendar::InSwedish(at), "."),
      .text_en = absl::StrCat(text.en, " “", label, "”, ", calendar::InEnglish(at), "."),
      .record_json = recorded.record_json()};
}

}  // namespace varsam::consent
