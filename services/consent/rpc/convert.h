// The border between messages and the service's own values: requests, answers, the payloads of the
// own ledger and those of the feeds. Nothing else knows both.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "google/protobuf/timestamp.pb.h"
#include "libs/ledger/receipt.h"
#include "services/consent/domain/forget_proofs.h"
#include "services/consent/domain/link_subjects.h"
#include "services/consent/domain/objection.h"
#include "services/consent/domain/preferences.h"
#include "services/consent/domain/record_consent.h"
#include "services/consent/store/decision_table.h"
#include "varsam/consent/v1/consent_service.pb.h"

namespace varsam::consent {

void ToProto(absl::Time time, google::protobuf::Timestamp* message);
// INVALID_FIELD for an impossible timestamp; nullopt when absent.
absl::StatusOr<std::optional<absl::Time>> TimeFrom(const google::protobuf::Timestamp& message,
                                                   bool present, std::string_view field);

// Requests. `prefix` stands before field names in errors ("consents[3].").
absl::StatusOr<RecordConsent> FromProto(const v1::RecordConsentRequest& request);
absl::StatusOr<RecordObjection> FromProto(const v1::RecordObjectionRequest& request);
absl::StatusOr<UpdatePreferences> FromProto(const v1::UpdatePreferencesRequest& request);

// A question whose texts stand in the message, which must outlive it.
struct ParsedQuestion {
  Question question;
  absl::InlinedVector<std::string_view, 8> data;
};
absl::Status FromProto(const v1::DecisionQuery& query, absl::Time now, ParsedQuestion& to);

// A foreign record as the choices it tells of; `place` names it in errors ("records[3]").
// INVALID_ARGUMENT RECORD_UNREADABLE, MECHANISM_NOT_CONSENT, INVALID_FIELD; FAILED_PRECONDITION
// CONSENT_ENDS_SOONER.
absl::StatusOr<std::vector<RecordConsent>> FromKantara(const v1::ForeignConsentRecord& record,
                                                       const v1::ImportConsentsRequest& request,
                                                       absl::Time now, std::string_view place);

// Answers.
void ToProto(const View& from, v1::View* to);
View ViewFrom(const v1::View& message);
void ToProto(const NoticeRef& from, v1::NoticeReference* to);
void ToProto(const SubjectLink& from, v1::SubjectLink* to);
void ToProto(const RecordedConsent& from, v1::ConsentEvent* to);
void ToProto(const Objection& from, v1::Objection* to);
void ToProto(const Preferences& from, v1::Preferences* to);
void ToProto(const Decision& from, absl::Time at, v1::Decision* to);
void ToProto(const ConsentState& from, const RecordedConsent* deciding, std::string_view purpose,
             v1::ConsentState* to);

// Payloads of the own ledger.
// Bound to what its receipt will say.
ledger::Entry ConsentRecordedEntry(const RecordedConsent& event, const ConsentTerms& terms);
std::string ObjectionRecordedEntry(const Objection& objection);
std::string PreferencesChangedEntry(const Preferences& preferences);
std::string SuppressionAddedEntry(const AddSuppressionOutcome& outcome);
// The choice that the entry is about. DATA_LOSS for a payload that is none.
absl::Status RecordedEventFrom(std::string_view payload, v1::ConsentEvent* to);
std::string SubjectsLinkedEntry(const SubjectLink& link);
std::string SuppressionReviewedEntry(const ReviewSuppressionOutcome& outcome);
std::string ProofsForgottenEntry(const ProofHistory& history, absl::Time before);
std::string BrowserSeenEntry(const SubjectId& browser, absl::Time at);
// What a person reads in the receipt of a choice; DATA_LOSS for a payload that is none.
absl::StatusOr<ledger::ReceiptFacts> ReceiptFactsOf(std::string_view payload);

// The effect of one entry on the table. DATA_LOSS for bytes that do not parse. `restored` becomes
// true by the entry that says that the log came back from a backup.
absl::Status ApplyConsentEntry(std::string_view payload, absl::Time recorded_at,
                               DecisionTable& table, bool& restored);
// What an entry stands for, to be done again after a restore; nothing for other entries.
using RestoredFact =
    std::variant<std::monostate, RecordedConsent, ObjectionOutcome, Preferences,
                 AddSuppressionOutcome, SubjectLink, ForgetProofs, ReviewSuppressionOutcome>;
RestoredFact RestoredFactOf(std::string_view payload);
// `changed` becomes true when the catalogue did.
absl::Status ApplyRegistryEntry(std::string_view payload, absl::Time recorded_at,
                                CatalogueBuilder& builder, DecisionTable& table, bool& changed);
absl::Status ApplyRequestsEntry(std::string_view payload, absl::Time recorded_at,
                                DecisionTable& table);
absl::Status ApplyRetentionEntry(std::string_view payload, absl::Time recorded_at,
                                 DecisionTable& table);

}  // namespace varsam::consent
