// Kantara Consent Receipt 1.1 (JSON) as choices of ours: consentTimestamp, language and policyUrl,
// and for each purpose of each service consentType, termination and thirdPartyName. What it says of
// people and controllers is not taken over.
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/calendar/day.h"
#include "libs/calendar/stockholm.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

using Json = nlohmann::json;

constexpr size_t kDocumentBytesMax = 65536;
constexpr int kDepthMax = 8;
constexpr std::string_view kChannel = "kantara-cr-1.1";

absl::Status Unreadable(std::string_view place, std::string_view what) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "RECORD_UNREADABLE",
                         absl::StrCat(std::string(place), ": ", std::string(what)));
}

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

absl::StatusOr<Json> Parse(const std::string& document, std::string_view place) {
  if (document.size() > kDocumentBytesMax) return Unreadable(place, "too large");
  bool deep = false;
  Json receipt = Json::parse(
      document,
      [&](int depth, Json::parse_event_t, Json&) {
        deep |= depth > kDepthMax;
        return !deep;
      },
      false);
  if (deep || receipt.is_discarded() || !receipt.is_object()) {
    return Unreadable(place, "not a JSON object");
  }
  return receipt;
}

// The receipt's own end of a consent. A day counts to its end, as everywhere.
struct Termination {
  std::optional<absl::Time> end;
  bool unclear = false;  // there is one, and it cannot be told when
};
Termination TerminationOf(const Json& purpose) {
  const std::string text = Text(purpose, "termination");
  if (text.empty()) return {};
  if (const auto day = calendar::ParseDay(text.substr(0, 10)); day.ok()) {
    return {calendar::StartOfDay(*day + 1), false};
  }
  return {std::nullopt, true};
}

struct Source {
  const v1::ForeignConsentRecord& record;
  const v1::ImportConsentsRequest& request;
  const Json& receipt;
  SubjectId subject;
  absl::Time at, now;
  std::string_view place;
};

absl::Status AddPurpose(const Source& from, const Json& purpose, std::vector<RecordConsent>& to) {
  const std::string name = Text(purpose, "purpose");
  if (name.empty()) return Unreadable(from.place, "a purpose without a name");
  const auto mapped = from.request.purposes().find(name);
  RecordConsent ask{
      .subject = from.subject,
      .purpose = PurposeId(mapped == from.request.purposes().end() ? name : mapped->second),
      .choice = ConsentEventType::kGiven,
      .actor = Actor::kImport,
      .mechanism = from.record.mechanism(),
      .notice = {Text(from.receipt, "policyUrl"), 0, Text(from.receipt, "language"), ""},
      .recipient = Text(purpose, "thirdPartyName"),
      .channel = std::string(kChannel),
      .evidence_reference = from.record.evidence_reference(),
      .at = from.at};
  if (Text(purpose, "consentType") != "EXPLICIT") {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "MECHANISM_NOT_CONSENT",
                           absl::StrCat(std::string(from.place), ": an implied consent is none"));
  }
  const Termination termination = TerminationOf(purpose);
  if (termination.end && *termination.end > from.now) {
    return ErrorWithReason(
        absl::StatusCode::kFailedPrecondition, "CONSENT_ENDS_SOONER",
        absl::StrCat(std::string(from.place), ": ends by its own date; ask the person anew"));
  }
  if (termination.unclear) ask.evidence_reference.clear();  // kept, and proves nothing
  // Text that is not an address of a policy shows nothing of what was said.
  if (!ask.notice.id.starts_with("https://")) ask.notice = {};
  to.push_back(ask);
  if (!termination.end) return absl::OkStatus();
  ask.choice = ConsentEventType::kInvalidated;
  ask.at = std::max(*termination.end, from.at);
  to.push_back(std::move(ask));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<RecordConsent>> FromKantara(const v1::ForeignConsentRecord& record,
                                                       const v1::ImportConsentsRequest& request,
                                                       absl::Time now, std::string_view place) {
  const std::optional<SubjectId> subject = SubjectId::Parse(record.subject_id());
  if (!subject || subject->IsNil()) {
    return InvalidField(absl::StrCat(std::string(place), ".subject_id"), "not a UUID");
  }
  ASSIGN_OR_RETURN(const Json receipt, Parse(record.document(), place));
  const auto time = receipt.find("consentTimestamp");
  if (time == receipt.end() || !time->is_number_integer() || time->get<int64_t>() <= 0 ||
      time->get<int64_t>() > 253'402'300'799) {
    return Unreadable(place, "consentTimestamp: want seconds since 1970");
  }
  const auto services = receipt.find("services");
  if (services == receipt.end() || !services->is_array()) {
    return Unreadable(place, "services: missing");
  }
  const Source from{record, request, receipt, *subject, absl::FromUnixSeconds(time->get<int64_t>()),
                    now,    place};
  std::vector<RecordConsent> asks;
  for (const Json& service : *services) {
    const auto purposes = service.is_object() ? service.find("purposes") : service.end();
    if (!service.is_object() || purposes == service.end() || !purposes->is_array()) {
      return Unreadable(place, "services: one without purposes");
    }
    for (const Json& purpose : *purposes) {
      if (!purpose.is_object()) return Unreadable(place, "purposes: not objects");
      RETURN_IF_ERROR(AddPurpose(from, purpose, asks));
    }
  }
  if (asks.empty()) return Unreadable(place, "no purpose");
  return asks;
}

}  // namespace varsam::consent
