// The border between messages and the registry's own values. Nothing else knows both.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/subject_registry/domain/apply_policy.h"
#include "services/subject_registry/domain/assessments.h"
#include "services/subject_registry/domain/change_subject.h"
#include "services/subject_registry/domain/import_subjects.h"
#include "services/subject_registry/domain/publish_notice.h"
#include "varsam/registry/v1/registry_service.pb.h"

namespace varsam::registry {

void ToProto(absl::Time time, google::protobuf::Timestamp* message);
// InfinitePast when absent.
absl::Time FromProto(const google::protobuf::Timestamp& message, bool present);

// The whole model as the feed carries it.
void ToProto(const PolicyModel& model, v1::PolicyModel* message);
void ToProto(const PolicyCounts& counts, v1::PolicyCounts* message);
void ToProto(const LintIssue& issue, v1::PolicyFinding* message);
void ToProto(const PolicyChange& change, v1::PolicyChange* message);

void ToProto(const Assessment& from, v1::Assessment* message);
absl::StatusOr<Assessment> FromProto(const v1::Assessment& message);
void ToProto(const ProcessorAgreement& from, v1::ProcessorAgreement* message);
absl::StatusOr<ProcessorAgreement> FromProto(const v1::ProcessorAgreement& message);
void ToProto(const Notice& from, v1::Notice* message);
absl::StatusOr<Notice> FromProto(const v1::Notice& message);

void ToProto(const SubjectSource& from, v1::SubjectSource* message);
absl::StatusOr<SubjectSource> FromProto(const v1::SubjectSource& message);
void ToProto(const Relationship& from, v1::Relationship* message);
absl::StatusOr<Relationship> FromProto(const v1::Relationship& message, const std::string& field);
void ToProto(const SoftOptIn& from, v1::SoftOptIn* message);
SoftOptIn FromProto(const v1::SoftOptIn& message);
// Without what is sealed.
void ToProto(const Subject& from, v1::Subject* message);
void ToProto(const Disclosure& from, v1::Disclosure* message);
absl::StatusOr<Disclosure> FromProto(const v1::Disclosure& message);
void ToProto(const Access& from, v1::Access* message);

// nullopt for CAPACITY_UNSPECIFIED.
std::optional<Capacity> CapacityFrom(v1::Capacity capacity);

// Payloads of the ledger.
std::string PolicyAppliedEntry(const ApplyPolicyOutcome& outcome);
std::string NoticePublishedEntry(const Notice& notice);
std::string AssessmentRecordedEntry(const Assessment& assessment);
std::string AgreementRecordedEntry(const ProcessorAgreement& agreement);
std::string SubjectChangedEntry(const Subject& subject, absl::Time at);
std::string SubjectErasedEntry(const Subject& subject, const std::string& case_id);
std::string SubjectsMergedEntry(const MergeSubjectsOutcome& outcome);
std::string DisclosureRecordedEntry(const Disclosure& disclosure);

// YYYY-MM-DD. INVALID_FIELD naming `field`; nullopt for an empty text.
absl::StatusOr<std::optional<absl::CivilDay>> DayFrom(const std::string& text,
                                                      const std::string& field);
std::string DayText(const std::optional<absl::CivilDay>& day);

}  // namespace varsam::registry
