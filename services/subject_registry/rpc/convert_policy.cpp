#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/subject_registry/rpc/convert.h"

namespace varsam::registry {
namespace {

std::string Text(const std::optional<calendar::LocalDay>& day) {
  return day ? day->ToString() : std::string();
}
std::string Text(const std::optional<calendar::Period>& period) {
  return period ? calendar::ToString(*period) : std::string();
}
const char* Letter(Origin origin) {
  static constexpr std::array<const char*, 4> kLetters{"", "P", "L", "D"};
  return kLetters[static_cast<size_t>(origin)];
}
v1::LegalBasis ToProto(const std::optional<Basis>& basis) {
  return basis ? static_cast<v1::LegalBasis>(static_cast<int>(*basis) + 1)
               : v1::LEGAL_BASIS_UNSPECIFIED;
}

template <typename Ids>
void Copy(const Ids& ids, google::protobuf::RepeatedPtrField<std::string>* to) {
  for (const auto& id : ids) {
    if constexpr (requires { id.value(); }) {
      to->Add(std::string(id.value()));
    } else {
      to->Add(std::string(id));
    }
  }
}

void ToProto(const Purpose& from, v1::Purpose* to) {
  to->set_id(from.id.value());
  to->set_label(from.sv);
  to->set_basis(ToProto(from.basis));
  to->set_basis_if_party(ToProto(from.basis_if_party));
  to->set_eprivacy_rule(static_cast<v1::EprivacyRule>(from.ep));
  to->set_direct_marketing(from.direct_marketing);
  to->set_residual(from.residual);
  to->set_per_recipient(from.per_recipient);
  to->set_impact_assessment_required(from.dpia_required);
  to->set_anonymous_output(from.output_anonymous);
  to->set_consent_valid(Text(from.valid));
  if (from.renew_on_two_way_contact) to->set_renewed_on("last_two_way_contact");
  if (from.lia) to->set_legitimate_interest_assessment(from.lia->value());
  Copy(from.data, to->mutable_data_categories());
  Copy(from.topics, to->mutable_topics());
  to->set_policy_basis(from.policy_basis.value_or(""));
  to->set_reference(from.ref);
}

v1::DisposalMethod MethodOf(const std::string& action) {
  static const std::pair<const char*, v1::DisposalMethod> kMethods[] = {
      {"delete", v1::DISPOSAL_METHOD_DELETE},
      {"redact", v1::DISPOSAL_METHOD_REDACT},
      {"anonymise", v1::DISPOSAL_METHOD_ANONYMISE},
      {"aggregate_then_delete", v1::DISPOSAL_METHOD_AGGREGATE_THEN_DELETE},
      {"crypto_shred", v1::DISPOSAL_METHOD_CRYPTO_SHRED},
      {"suppress_hash", v1::DISPOSAL_METHOD_SUPPRESS_HASH},
      {"expire", v1::DISPOSAL_METHOD_EXPIRE},
      {"none", v1::DISPOSAL_METHOD_NONE}};
  for (const auto& [name, method] : kMethods) {
    if (action == name) return method;
  }
  return v1::DISPOSAL_METHOD_UNSPECIFIED;
}

void Condition(const char* key, std::string value, v1::RetentionRule* to) {
  v1::RetentionCondition* condition = to->add_conditions();
  condition->set_key(key);
  condition->set_value(std::move(value));
}

void ToProto(const RetentionRule& from, v1::RetentionRule* to) {
  to->set_id(from.id.value());
  to->set_system(from.system.value());
  if (from.subject) to->set_subject_category(from.subject->value());
  if (from.when.origin) Condition("origin", *from.when.origin, to);
  if (from.when.customer) Condition("customer", *from.when.customer ? "true" : "false", to);
  if (from.when.source) Condition("source", from.when.source->value(), to);
  if (from.when.contacted) Condition("contacted", *from.when.contacted ? "true" : "false", to);
  Copy(from.data, to->mutable_data_categories());
  if (from.purpose) to->set_purpose(from.purpose->value());
  to->set_clock(from.clock);
  to->set_keep(from.keep ? Text(from.keep) : "indefinite");
  if (from.round == Round::kCalendarYearEnd) to->set_round("calendar_year_end");
  to->set_kind(from.kind == RuleKind::kMay ? v1::RETENTION_KIND_MAY : v1::RETENTION_KIND_MUST);
  to->set_action(MethodOf(from.action));
  to->set_claims(from.claims);
  to->set_notify_before(Text(from.notify_before));
  to->set_review(Text(from.review));
  to->set_reference(from.ref);
  to->set_origin(Letter(from.origin));
}

void ToProto(const System& from, v1::System* to) {
  to->set_id(from.id.value());
  to->set_label(from.sv);
  Copy(from.own, to->mutable_own_categories());
  Copy(from.inherits, to->mutable_inherits());
  if (from.inherit_only) Copy(*from.inherit_only, to->mutable_inherited_categories());
  Copy(from.purposes, to->mutable_purposes());
  if (from.processor) to->set_processor(from.processor->value());
  Copy(from.roles, to->mutable_roles());
  to->set_reference(from.ref);
  to->set_origin(Letter(from.origin));
}

void ToProto(const Processor& from, v1::Processor* to) {
  to->set_id(from.id.value());
  to->set_name(from.name);
  to->set_role(from.role);
  to->set_agreement_status(from.dpa ? "signed" : "missing");
  if (from.transfer_unanswered) to->set_transfer("check");
  to->set_purpose(from.purpose);
}

void DocumentToProto(const PolicyModel& model, v1::PolicyModel* to) {
  v1::PolicyDocument* document = to->mutable_document();
  document->set_id(model.policy.id);
  document->set_version(model.policy.version);
  document->set_language(model.policy.lang);
  document->set_published_on(Text(model.policy.published_at));
  document->set_effective_from(Text(model.policy.effective_from));
  document->set_supersedes(model.policy.supersedes.value_or(""));
  document->set_source_sha256(model.policy.source_sha256.value_or(""));
  v1::Controller* controller = to->mutable_controller();
  controller->set_name(model.controller.name);
  controller->set_organisation_number(model.controller.org_no);
  controller->set_address(model.controller.address);
  controller->set_data_protection_officer(model.controller.dpo);
  controller->set_contact(model.controller.contact);
  controller->set_supervisory_authority(model.controller.supervisory_authority);
  controller->set_eprivacy_authority(model.controller.eprivacy_authority);
  controller->set_time_zone(model.controller.tz);
}

void CategoriesToProto(const PolicyModel& model, v1::PolicyModel* to) {
  for (const SubjectCategory& from : model.subject_categories) {
    v1::SubjectCategory* one = to->add_subject_categories();
    one->set_id(from.id.value());
    one->set_label(from.sv);
    one->set_reference(from.ref);
    one->set_origin(Letter(from.origin));
  }
  for (const DataCategory& from : model.data_categories) {
    v1::DataCategory* one = to->add_data_categories();
    one->set_id(from.id.value());
    one->set_label(from.sv);
    one->set_sensitivity(static_cast<v1::Sensitivity>(static_cast<int>(from.sensitivity) + 1));
    one->set_reference(from.ref);
    one->set_origin(Letter(from.origin));
  }
  for (const Context& from : model.contexts) {
    v1::ProcessingContext* one = to->add_contexts();
    one->set_id(from.id.value());
    one->set_label(from.sv);
    Copy(from.subjects, one->mutable_subject_categories());
    Copy(from.sources, one->mutable_sources());
    Copy(from.systems, one->mutable_systems());
  }
}

void AssessmentsToProto(const PolicyModel& model, v1::PolicyModel* to) {
  for (const Lia& from : model.lias) {
    v1::LegitimateInterestAssessment* one = to->add_legitimate_interest_assessments();
    one->set_id(from.id.value());
    one->set_status(from.approved ? "approved" : "missing");
  }
  static constexpr std::array<const char*, 4> kStatus{"missing", "to_screen", "not_needed",
                                                      "approved"};
  for (const Dpia& from : model.dpias) {
    v1::ImpactAssessment* one = to->add_impact_assessments();
    one->set_id(from.id.value());
    Copy(from.purposes, one->mutable_purposes());
    one->set_status(kStatus[static_cast<size_t>(from.status)]);
  }
}

void RightsToProto(const PolicyModel& model, v1::PolicyModel* to) {
  for (const Source& from : model.sources) {
    v1::Source* one = to->add_sources();
    one->set_id(from.id.value());
    one->set_label(from.sv);
    one->set_notice(from.notice == NoticeDuty::kArt13 ? "art13" : "art14");
    Copy(from.require, one->mutable_required_evidence());
  }
  for (const Right& from : model.rights) {
    v1::PolicyRight* one = to->add_rights();
    one->set_id(from.id);
    one->set_article(from.article);
    one->set_promise(from.promise);
  }
  for (const Channel& from : model.channels) {
    v1::Channel* one = to->add_channels();
    one->set_id(from.id);
    one->set_address(from.address);
    one->set_label(from.label);
    one->set_reference(from.ref);
  }
  for (const Gap& from : model.gaps) {
    v1::PolicyGap* one = to->add_gaps();
    one->set_id(from.id);
    one->set_text(from.text);
  }
}

void SettingsToProto(const PolicyModel& model, v1::PolicyModel* to) {
  v1::CookieSettings* cookies = to->mutable_cookies();
  for (const auto& [id, purpose] : model.cookies.categories) {
    v1::CookieCategory* one = cookies->add_categories();
    one->set_id(id);
    one->set_purpose(purpose.value());
  }
  cookies->set_consent_valid(calendar::ToString(model.cookies.consent_valid));
  cookies->set_ask_again_after_refusal(calendar::ToString(model.cookies.re_ask_after_refusal));
  cookies->set_reject_on_first_layer(model.cookies.reject_first_layer);
  cookies->set_preticked(model.cookies.preticked);
  const Security& from = model.security;
  v1::SecuritySettings* security = to->mutable_security();
  v1::BackupSettings* backup = security->mutable_backup();
  backup->set_every(calendar::ToString(from.backup_every));
  backup->set_max_age_alert(absl::StrCat("PT", absl::ToInt64Hours(from.backup_max_age), "H"));
  backup->set_retention(calendar::ToString(from.backup_retention));
  backup->set_restore_test(calendar::ToString(from.restore_test));
  security->set_storage(from.storage);
  security->set_access(from.access);
  security->set_access_review(calendar::ToString(from.access_review));
  security->set_processor_review(calendar::ToString(from.vendor_review));
  security->set_contact_review(calendar::ToString(from.contact_review));
  security->set_assessment_review(calendar::ToString(from.lia_review));
  security->set_policy_review(calendar::ToString(from.policy_review));
}

}  // namespace

void ToProto(const PolicyModel& model, v1::PolicyModel* message) {
  message->set_schema("privacy-policy-model/1");
  DocumentToProto(model, message);
  CategoriesToProto(model, message);
  for (const Purpose& purpose : model.purposes) ToProto(purpose, message->add_purposes());
  AssessmentsToProto(model, message);
  for (const System& system : model.systems) ToProto(system, message->add_systems());
  for (const Processor& processor : model.processors) {
    ToProto(processor, message->add_processors());
  }
  for (const RetentionRule& rule : model.retention_rules) {
    ToProto(rule, message->add_retention_rules());
  }
  RightsToProto(model, message);
  SettingsToProto(model, message);
}

void ToProto(const PolicyCounts& counts, v1::PolicyCounts* message) {
  message->set_subject_categories(counts.subject_categories);
  message->set_data_categories(counts.data_categories);
  message->set_purposes(counts.purposes);
  message->set_systems(counts.systems);
  message->set_retention_rules(counts.retention_rules);
  message->set_processors(counts.processors);
  message->set_sources(counts.sources);
  message->set_rights(counts.rights);
}

void ToProto(const LintIssue& issue, v1::PolicyFinding* message) {
  message->set_code(issue.code);
  message->set_error(issue.severity == Severity::kError);
  message->set_path(issue.where);
  message->set_text(issue.names.empty()
                        ? issue.en
                        : absl::StrCat(issue.en, " [", absl::StrJoin(issue.names, ", "), "]"));
}

void ToProto(const PolicyChange& change, v1::PolicyChange* message) {
  switch (change.kind) {
    case ChangeKind::kAdded:
      message->set_kind(v1::PolicyChange::KIND_ADDED);
      break;
    case ChangeKind::kRemoved:
      message->set_kind(v1::PolicyChange::KIND_REMOVED);
      break;
    default:
      message->set_kind(v1::PolicyChange::KIND_CHANGED);
  }
  message->set_path(change.path);
  message->set_before(change.before);
  message->set_after(change.after);
  message->set_material(change.material);
}

}  // namespace varsam::registry
