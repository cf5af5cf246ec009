#include "services/subject_registry/rpc/convert.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/calendar/day.h"
#include "varsam/registry/v1/registry_entry.pb.h"

namespace varsam::registry {
namespace {

std::optional<absl::Time> OptionalFrom(const google::protobuf::Timestamp& message, bool present) {
  if (!present) return std::nullopt;
  return FromProto(message, true);
}

std::string Serialize(const v1::RegistryEntry& entry) { return entry.SerializeAsString(); }

template <typename Texts>
std::vector<std::string> ToVector(const Texts& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

void ToProto(absl::Time time, google::protobuf::Timestamp* message) {
  const int64_t micros = absl::ToUnixMicros(time);
  message->set_seconds(micros / 1'000'000);
  message->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
}

absl::Time FromProto(const google::protobuf::Timestamp& message, bool present) {
  if (!present) return absl::InfinitePast();
  return absl::FromUnixSeconds(message.seconds()) + absl::Nanoseconds(message.nanos());
}

absl::StatusOr<std::optional<absl::CivilDay>> DayFrom(const std::string& text,
                                                      const std::string& field) {
  if (text.empty()) return std::optional<absl::CivilDay>();
  absl::CivilDay day;
  if (text.size() != 10 || !absl::ParseCivilTime(text, &day)) {
    return InvalidField(field, "want a day YYYY-MM-DD");
  }
  return std::optional<absl::CivilDay>(day);
}

std::string DayText(const std::optional<absl::CivilDay>& day) {
  return day ? absl::FormatCivilTime(*day) : std::string();
}

void ToProto(const Assessment& from, v1::Assessment* message) {
  message->set_kind(static_cast<v1::AssessmentKind>(from.kind));
  message->set_id(from.id);
  ToProto(from.approved_at, message->mutable_approved_at());
  message->set_review_by(DayText(from.review_by));
  message->set_approver(from.approver);
  message->set_summary(from.summary);
}

absl::StatusOr<Assessment> FromProto(const v1::Assessment& message) {
  Assessment one;
  if (message.kind() != v1::ASSESSMENT_KIND_LEGITIMATE_INTEREST &&
      message.kind() != v1::ASSESSMENT_KIND_IMPACT) {
    return InvalidField("assessment.kind",
                        "want ASSESSMENT_KIND_LEGITIMATE_INTEREST or ASSESSMENT_KIND_IMPACT");
  }
  if (!message.has_approved_at()) return InvalidField("assessment.approved_at", "missing");
  one.kind = static_cast<AssessmentKind>(message.kind());
  one.id = message.id();
  one.approved_at = FromProto(message.approved_at(), true);
  ASSIGN_OR_RETURN(one.review_by, DayFrom(message.review_by(), "assessment.review_by"));
  one.approver = message.approver();
  one.summary = message.summary();
  return one;
}

void ToProto(const ProcessorAgreement& from, v1::ProcessorAgreement* message) {
  message->set_processor(from.processor);
  message->set_status(from.status);
  message->set_signed_on(DayText(from.signed_on));
  message->set_expires_on(DayText(from.expires_on));
  message->set_region(from.region);
  message->set_transfer_mechanism(from.transfer_mechanism);
  message->set_transfer_valid_to(DayText(from.transfer_valid_to));
}

absl::StatusOr<ProcessorAgreement> FromProto(const v1::ProcessorAgreement& message) {
  ProcessorAgreement one;
  one.processor = message.processor();
  one.status = message.status();
  ASSIGN_OR_RETURN(one.signed_on, DayFrom(message.signed_on(), "agreement.signed_on"));
  ASSIGN_OR_RETURN(one.expires_on, DayFrom(message.expires_on(), "agreement.expires_on"));
  one.region = message.region();
  one.transfer_mechanism = message.transfer_mechanism();
  ASSIGN_OR_RETURN(one.transfer_valid_to,
                   DayFrom(message.transfer_valid_to(), "agreement.transfer_valid_to"));
  return one;
}

void ToProto(const Notice& from, v1::Notice* message) {
  message->set_id(from.id);
  message->set_version(from.version);
  message->set_language(from.language);
  message->set_text(from.text);
  message->set_text_sha256(ToHex(from.text_sha256));
  for (const std::string& purpose : from.purposes) message->add_purposes(purpose);
  message->set_material(from.material);
  ToProto(from.effective_at, message->mutable_effective_at());
  ToProto(from.published_at, message->mutable_published_at());
}

absl::StatusOr<Notice> FromProto(const v1::Notice& message) {
  Notice one;
  one.id = message.id();
  one.language = message.language();
  one.text = message.text();
  one.purposes = ToVector(message.purposes());
  one.material = message.material();
  one.effective_at = FromProto(message.effective_at(), message.has_effective_at());
  return one;
}

void ToProto(const SubjectSource& from, v1::SubjectSource* message) {
  message->set_source(from.source);
  ToProto(from.collected_at, message->mutable_collected_at());
  if (from.notice_at) ToProto(*from.notice_at, message->mutable_notice_at());
  message->mutable_evidence()->insert(from.evidence.begin(), from.evidence.end());
}

absl::StatusOr<SubjectSource> FromProto(const v1::SubjectSource& message) {
  if (!message.has_collected_at()) return InvalidField("source.collected_at", "missing");
  SubjectSource one;
  one.source = message.source();
  one.collected_at = FromProto(message.collected_at(), true);
  one.notice_at = OptionalFrom(message.notice_at(), message.has_notice_at());
  one.evidence.insert(message.evidence().begin(), message.evidence().end());
  return one;
}

void ToProto(const Relationship& from, v1::Relationship* message) {
  message->set_id(from.id.ToString());
  message->set_kind(static_cast<v1::RelationshipKind>(from.kind));
  for (const std::string& purpose : from.purposes) message->add_purposes(purpose);
  message->set_from(absl::FormatCivilTime(from.from));
  message->set_to(DayText(from.to));
}

absl::StatusOr<Relationship> FromProto(const v1::Relationship& message, const std::string& field) {
  Relationship one;
  if (!message.id().empty()) {
    auto id = RelationshipId::Parse(message.id());
    if (!id) return InvalidField(absl::StrCat(field, ".id"), "not a UUID");
    one.id = *id;
  }
  if (!v1::RelationshipKind_IsValid(message.kind()) ||
      message.kind() == v1::RELATIONSHIP_KIND_UNSPECIFIED) {
    return InvalidField(absl::StrCat(field, ".kind"), "missing");
  }
  one.kind = static_cast<RelationshipKind>(message.kind());
  one.purposes = ToVector(message.purposes());
  ASSIGN_OR_RETURN(std::optional<absl::CivilDay> from,
                   DayFrom(message.from(), absl::StrCat(field, ".from")));
  if (!from) return InvalidField(absl::StrCat(field, ".from"), "missing, want a day YYYY-MM-DD");
  one.from = *from;
  ASSIGN_OR_RETURN(one.to, DayFrom(message.to(), absl::StrCat(field, ".to")));
  return one;
}

void ToProto(const SoftOptIn& from, v1::SoftOptIn* message) {
  message->set_obtained_in_sale(from.obtained_in_sale);
  message->set_own_similar_services(from.own_similar_services);
  message->set_opt_out_offered_each_time(from.opt_out_offered_each_time);
}

SoftOptIn FromProto(const v1::SoftOptIn& message) {
  return {message.obtained_in_sale(), message.own_similar_services(),
          message.opt_out_offered_each_time()};
}

std::optional<Capacity> CapacityFrom(v1::Capacity capacity) {
  if (capacity == v1::CAPACITY_UNSPECIFIED || !v1::Capacity_IsValid(capacity)) return std::nullopt;
  return static_cast<Capacity>(capacity);
}

void ToProto(const Subject& from, v1::Subject* message) {
  message->set_id(from.id.ToString());
  for (const std::string& category : from.categories) message->add_categories(category);
  message->set_capacity(static_cast<v1::Capacity>(from.capacity));
  ToProto(from.soft_opt_in, message->mutable_soft_opt_in());
  for (const SubjectSource& source : from.sources) ToProto(source, message->add_sources());
  for (const Relationship& one : from.relationships) ToProto(one, message->add_relationships());
  message->set_language(static_cast<common::v1::Language>(from.language));
  ToProto(from.registered_at, message->mutable_registered_at());
  if (from.erased_at) ToProto(*from.erased_at, message->mutable_erased_at());
  if (from.merged_into) message->set_merged_into(from.merged_into->ToString());
  message->set_etag(absl::StrCat(from.revision));
}

void ToProto(const Disclosure& from, v1::Disclosure* message) {
  message->set_id(from.id.ToString());
  message->set_subject_id(from.subject.ToString());
  message->set_recipient(from.recipient);
  message->set_recipient_kind(from.recipient_kind);
  for (const std::string& category : from.data_categories) message->add_data_categories(category);
  message->set_purpose(from.purpose);
  ToProto(from.at, message->mutable_disclosed_at());
}

absl::StatusOr<Disclosure> FromProto(const v1::Disclosure& message) {
  Disclosure one;
  auto subject = SubjectId::Parse(message.subject_id());
  if (!subject) return InvalidField("disclosure.subject_id", "not a UUID");
  one.subject = *subject;
  one.recipient = message.recipient();
  one.recipient_kind = message.recipient_kind();
  if (one.recipient_kind != "processor" && one.recipient_kind != "third_party" &&
      one.recipient_kind != "authority") {
    return InvalidField("disclosure.recipient_kind", "want processor, third_party or authority");
  }
  one.data_categories = ToVector(message.data_categories());
  one.purpose = message.purpose();
  one.at = FromProto(message.disclosed_at(), message.has_disclosed_at());
  return one;
}

void ToProto(const Access& from, v1::Access* message) {
  ToProto(from.at, message->mutable_at());
  message->set_operation(from.operation);
  message->set_purpose(from.purpose);
}

std::string PolicyAppliedEntry(const ApplyPolicyOutcome& outcome) {
  v1::RegistryEntry entry;
  v1::PolicyApplied* applied = entry.mutable_policy_applied();
  ToProto(*outcome.policy.model, applied->mutable_model());
  applied->set_text_sha256(ToHex(outcome.policy.sha256));
  ToProto(outcome.policy.effective_at, applied->mutable_effective_at());
  for (const LintIssue& issue : outcome.findings) ToProto(issue, applied->add_findings());
  return Serialize(entry);
}

std::string NoticePublishedEntry(const Notice& notice) {
  v1::RegistryEntry entry;
  ToProto(notice, entry.mutable_notice_published()->mutable_notice());
  return Serialize(entry);
}

std::string AssessmentRecordedEntry(const Assessment& assessment) {
  v1::RegistryEntry entry;
  ToProto(assessment, entry.mutable_assessment_recorded()->mutable_assessment());
  return Serialize(entry);
}

std::string AgreementRecordedEntry(const ProcessorAgreement& agreement) {
  v1::RegistryEntry entry;
  ToProto(agreement, entry.mutable_processor_agreement_recorded()->mutable_agreement());
  return Serialize(entry);
}

std::string SubjectChangedEntry(const Subject& subject, absl::Time at) {
  v1::RegistryEntry entry;
  v1::SubjectChanged* changed = entry.mutable_subject_changed();
  changed->set_subject_id(subject.id.ToString());
  for (const std::string& category : subject.categories) changed->add_categories(category);
  changed->set_capacity(static_cast<v1::Capacity>(subject.capacity));
  ToProto(subject.soft_opt_in, changed->mutable_soft_opt_in());
  for (const SubjectSource& source : subject.sources) ToProto(source, changed->add_sources());
  for (const Relationship& one : subject.relationships) ToProto(one, changed->add_relationships());
  ToProto(at, changed->mutable_at());
  return Serialize(entry);
}

std::string SubjectErasedEntry(const Subject& subject, const std::string& case_id) {
  v1::RegistryEntry entry;
  v1::SubjectErased* erased = entry.mutable_subject_erased();
  erased->set_subject_id(subject.id.ToString());
  ToProto(*subject.erased_at, erased->mutable_at());
  erased->set_case_id(case_id);
  return Serialize(entry);
}

std::string SubjectsMergedEntry(const MergeSubjectsOutcome& outcome) {
  v1::RegistryEntry entry;
  v1::SubjectsMerged* merged = entry.mutable_subjects_merged();
  merged->set_surviving_subject_id(outcome.survivor.id.ToString());
  merged->set_merged_subject_id(outcome.merged.id.ToString());
  ToProto(outcome.at, merged->mutable_at());
  return Serialize(entry);
}

std::string DisclosureRecordedEntry(const Disclosure& disclosure) {
  v1::RegistryEntry entry;
  ToProto(disclosure, entry.mutable_disclosure_recorded()->mutable_disclosure());
  return Serialize(entry);
}

}  // namespace varsam::registry
