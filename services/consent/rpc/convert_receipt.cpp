// The record of a choice in the terms of ISO/IEC TS 27560, and the sentences a person reads in it.
#include <set>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/canonical_json.h"
#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
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

std::string_view Validity(const ConsentTerms& terms) {
  return terms.consent_valid.empty() ? "until_withdrawn" : std::string_view(terms.consent_valid);
}

const char* ActorName(Actor actor) {
  switch (actor) {
    case Actor::kSubject:
      return "subject";
    case Actor::kStaff:
      return "staff";
    case Actor::kImport:
      return "import";
  }
  return "subject";
}

void AppendEvent(const RecordedConsent& event, const ConsentTerms& terms, JsonObject& record) {
  JsonObject part = record.Object("event");
  part.Text("actor", ActorName(event.actor));
  part.Text("channel", event.channel);
  if (event.confirms) part.Text("confirms", event.confirms->ToString());
  part.Text("entity_id", event.subject.ToString());
  part.Text("event_state", TextOf(event.type).state);
  part.Text("event_time", Utc(event.at));
  part.Text("event_type", event.actor == Actor::kSubject ? "expressed" : "recorded");
  part.Text("evidence_ref", event.evidence_reference);
  if (event.expires_at) part.Text("expires_at", Utc(*event.expires_at));
  if (event.gpc) part.Bool("gpc", true);
  part.Text("mechanism", event.mechanism);
  part.Text("recorded_time", Utc(event.recorded_at));
  if (event.shown_at) part.Text("shown_time", Utc(*event.shown_at));
  if (!event.ui_sha256.empty()) part.Text("ui_snapshot_hash", event.ui_sha256);
  part.Text("validity_duration", Validity(terms));
  part.Bool("verified", event.verified);
}

void AppendParty(const ConsentTerms& terms, JsonObject& record) {
  record.Object("party")
      .Text("party_address", terms.controller_address)
      .Text("party_contact", terms.controller_contact)
      .Text("party_id", terms.controller_number)
      .Text("party_name", terms.controller_name)
      .Text("party_role", "controller")
      .Text("party_type", "pii_controller");
}

void AppendNotice(const NoticeRef& notice, JsonObject& record) {
  record.Object("privacy_notice")
      .Text("id", notice.id)
      .Text("sha256", notice.text_sha256)
      .Integer("version", notice.version);
}

std::string PiiInformation(const ConsentTerms& terms) {
  std::string json = "[";
  for (const ConsentTerms::DataTerm& one : terms.data_categories) {
    if (json.size() > 1) json += ',';
    JsonObject term(json);
    term.Text("pii_type", one.category);
    if (one.sensitive) term.Bool("sensitive_pii_category", true);
    if (one.special) term.Bool("special_pii_category", true);
  }
  return json + ']';
}

void AppendProcessors(const ConsentTerms& terms, JsonObject& record) {
  std::string json = "[";
  for (const ConsentTerms::Processor& one : terms.processors) {
    if (json.size() > 1) json += ',';
    JsonObject party(json);
    party.Text("party_id", one.id);
    if (!one.name.empty()) party.Text("party_name", one.name);
    party.Text("party_role", "processor").Text("party_type", "pii_processor");
    if (!one.region.empty()) party.Text("processing_location", one.region);
    if (!one.transfer.empty()) party.Text("transfer_mechanism", one.transfer);
  }
  record.Raw("pii_processors", json + ']');
}

// Where the processing happens, as far as the processors' agreements tell.
std::vector<std::string> ProcessingLocations(const ConsentTerms& terms) {
  std::set<std::string> regions;
  for (const ConsentTerms::Processor& one : terms.processors) {
    if (!one.region.empty()) regions.insert(one.region);
  }
  return {regions.begin(), regions.end()};
}

std::string RecordJson(const RecordedConsent& event, const ConsentTerms& terms) {
  const std::string id = event.id.ToString();
  std::vector<std::string> recipients;
  if (!event.recipient.empty()) recipients.push_back(event.recipient);
  std::string json;
  json.reserve(2048);
  {
    JsonObject record(json);
    record.Text("authority_party", terms.authority);
    record.Text("collection_method", event.channel);
    AppendEvent(event, terms, record);
    if (!terms.impact_assessment.empty()) {
      record.Text("impact_assessment", terms.impact_assessment);
    }
    record.Text("jurisdiction", "SE");
    record.Text("language", event.notice.language);
    record.Text("lawful_basis", "consent");
    AppendParty(terms, record);
    record.Texts("pii_controllers", std::span(&terms.controller_name, 1));
    record.Raw("pii_information", PiiInformation(terms));
    record.Text("pii_principal_id", event.subject.ToString());
    if (!terms.processors.empty()) AppendProcessors(terms, record);
    record.Text("policy_version", terms.policy_version);
    AppendNotice(event.notice, record);
    record.Texts("privacy_rights", terms.rights);
    if (const auto locations = ProcessingLocations(terms); !locations.empty()) {
      record.Texts("processing_locations", locations);
    }
    record.Text("purpose", event.purpose.value());
    record.Text("purpose_label", terms.purpose_label);
    if (!terms.purpose_type.empty()) record.Text("purpose_type", terms.purpose_type);
    record.Text("receipt_id", id);
    record.Texts("recipient_third_parties", recipients);
    record.Text("record_id", id);
    record.Text("retention_period", terms.retention_period.empty()
                                        ? Validity(terms)
                                        : std::string_view(terms.retention_period));
    record.Text("schema_version", "ISO/IEC TS 27560:2023");
    record.Texts("storage_locations", terms.storage_locations);
    record.Text("withdrawal_method",
                absl::StrCat("the way it was given, or ", terms.controller_contact));
  }
  return json;
}

ledger::ReceiptFacts FactsOf(ConsentEventType type, absl::Time at, const std::string& label,
                             std::string record_json) {
  const ChoiceText& text = TextOf(type);
  return {.type = "receipt",
          .text_sv = absl::StrCat(text.sv, " ”", label, "”, ", calendar::InSwedish(at), "."),
          .text_en = absl::StrCat(text.en, " “", label, "”, ", calendar::InEnglish(at), "."),
          .record_json = std::move(record_json),
          .canonical = true};
}

absl::Status ParseRecorded(std::string_view payload, v1::ConsentEntry& entry) {
  if (entry.ParseFromArray(payload.data(), static_cast<int>(payload.size())) &&
      entry.has_consent_recorded()) {
    return absl::OkStatus();
  }
  return ErrorWithReason(absl::StatusCode::kDataLoss, "ENTRY_UNREADABLE",
                         "the entry is not that of a choice");
}

}  // namespace

ledger::Entry ConsentRecordedEntry(const RecordedConsent& event, const ConsentTerms& terms) {
  v1::ConsentEntry message;
  ToProto(event, message.mutable_consent_recorded()->mutable_event());
  std::string& record = *message.mutable_consent_recorded()->mutable_record_json();
  record = RecordJson(event, terms);
  ledger::Entry entry{.kind = "consent_recorded", .payload = message.SerializeAsString()};
  const ledger::ReceiptFacts facts =
      FactsOf(event.type, event.at, terms.purpose_label, std::move(record));
  VARSAM_CHECK(ledger::BindReceipt(entry, facts).ok()) << "a record we have just made";
  return entry;
}

absl::Status RecordedEventFrom(std::string_view payload, v1::ConsentEvent* to) {
  v1::ConsentEntry entry;
  RETURN_IF_ERROR(ParseRecorded(payload, entry));
  to->Swap(entry.mutable_consent_recorded()->mutable_event());
  return absl::OkStatus();
}

absl::StatusOr<ledger::ReceiptFacts> ReceiptFactsOf(std::string_view payload) {
  v1::ConsentEntry entry;
  RETURN_IF_ERROR(ParseRecorded(payload, entry));
  const v1::ConsentRecorded& recorded = entry.consent_recorded();
  const Json record = Json::parse(recorded.record_json(), nullptr, false);
  if (record.is_discarded() || !record.contains("purpose_label")) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "ENTRY_UNREADABLE",
                           "the record of a choice does not parse");
  }
  const auto type = static_cast<ConsentEventType>(recorded.event().choice() - 1);
  const absl::Time at = absl::FromUnixMicros(recorded.event().at().seconds() * 1'000'000 +
                                             recorded.event().at().nanos() / 1000);
  return FactsOf(type, at, record["purpose_label"].get<std::string>(), recorded.record_json());
}

}  // namespace varsam::consent
