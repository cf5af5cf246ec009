// What the ledgers of the other services say, in the table's own terms.
#include <algorithm>
#include <map>
#include <set>

#include "libs/base/error.h"
#include "libs/base/strings.h"
#include "services/consent/rpc/convert.h"
#include "varsam/registry/v1/registry_entry.pb.h"
#include "varsam/requests/v1/requests_entry.pb.h"
#include "varsam/retention/v1/retention_entry.pb.h"

namespace varsam::consent {
namespace {

absl::Time TimeOf(const google::protobuf::Timestamp& message) {
  return absl::FromUnixMicros(message.seconds() * 1'000'000 + message.nanos() / 1000);
}

std::optional<calendar::LocalDay> DayOf(const std::string& text) {
  absl::StatusOr<calendar::LocalDay> day = calendar::ParseDay(text);
  if (!day.ok()) return std::nullopt;
  return *day;
}

SubjectId SubjectOf(const std::string& text) {
  return SubjectId::Parse(text).value_or(SubjectId());
}

absl::Status Unreadable(std::string_view origin) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, "ENTRY_UNREADABLE",
                         std::string(origin) + ": an entry does not parse");
}

Basis BasisOf(registry::v1::LegalBasis basis) {
  switch (basis) {
    case registry::v1::LEGAL_BASIS_CONTRACT:
      return Basis::kContract;
    case registry::v1::LEGAL_BASIS_LEGAL_OBLIGATION:
      return Basis::kLegalObligation;
    case registry::v1::LEGAL_BASIS_LEGITIMATE_INTEREST:
      return Basis::kLegitimateInterest;
    case registry::v1::LEGAL_BASIS_STRICTLY_NECESSARY:
      return Basis::kStrictlyNecessary;
    default:
      return Basis::kConsent;  // asks the most of the person's will
  }
}

Purpose CompilePurpose(const registry::v1::Purpose& from, const PolicyVersion& version,
                       Names& names) {
  Purpose to;
  to.key = names.PurposeKeyOf(from.id());
  to.id = PurposeId(from.id());
  to.basis = BasisOf(from.basis());
  if (from.basis_if_party() != registry::v1::LEGAL_BASIS_UNSPECIFIED) {
    to.basis_if_party = BasisOf(from.basis_if_party());
  }
  to.email_marketing = from.eprivacy_rule() == registry::v1::EPRIVACY_RULE_MFL_EMAIL;
  to.direct_marketing = from.direct_marketing();
  to.residual = from.residual();
  to.per_recipient = from.per_recipient();
  to.dpia_required = from.impact_assessment_required();
  to.renew_on_two_way_contact = from.renewed_on() == "last_two_way_contact";
  to.objection_channels = DefaultObjectionChannels(from.id());
  if (absl::StatusOr<calendar::Period> valid = calendar::ParsePeriod(from.consent_valid());
      valid.ok()) {
    to.valid = *valid;
  }
  for (const std::string& category : from.data_categories()) {
    const auto index = version.data.find(category);
    if (index != version.data.end()) to.data.Add(index->second);
  }
  return to;
}

// A kind of purpose, where the model tells one.
std::string PurposeTypeOf(const registry::v1::Purpose& from) {
  if (from.per_recipient()) return "third_party_disclosure";
  if (from.direct_marketing()) return "direct_marketing";
  if (from.eprivacy_rule() == registry::v1::EPRIVACY_RULE_TERMINAL) return "terminal_equipment";
  return "";
}

std::vector<ConsentTerms::DataTerm> DataTermsOf(const registry::v1::PolicyModel& model,
                                                const registry::v1::Purpose& from) {
  std::vector<ConsentTerms::DataTerm> terms;
  for (const std::string& id : from.data_categories()) {
    ConsentTerms::DataTerm& term = terms.emplace_back(ConsentTerms::DataTerm{.category = id});
    for (const registry::v1::DataCategory& category : model.data_categories()) {
      if (category.id() != id) continue;
      term.special = category.sensitivity() == registry::v1::SENSITIVITY_SPECIAL_RISK;
      term.sensitive = term.special || category.sensitivity() >= registry::v1::SENSITIVITY_HIGH;
    }
  }
  return terms;
}

bool CarriesOut(const registry::v1::System& system, const std::string& purpose) {
  return std::find(system.purposes().begin(), system.purposes().end(), purpose) !=
         system.purposes().end();
}

std::vector<ConsentTerms::Processor> ProcessorsOf(const registry::v1::PolicyModel& model,
                                                  const std::string& purpose) {
  std::map<std::string, ConsentTerms::Processor> by_id;
  for (const registry::v1::System& system : model.systems()) {
    if (system.processor().empty() || !CarriesOut(system, purpose)) continue;
    by_id[system.processor()].id = system.processor();
  }
  for (const registry::v1::Processor& processor : model.processors()) {
    const auto found = by_id.find(processor.id());
    if (found != by_id.end()) found->second.name = processor.name();
  }
  std::vector<ConsentTerms::Processor> processors;
  for (auto& [id, processor] : by_id) processors.push_back(std::move(processor));
  return processors;
}

// Of the rules that name the purpose; empty when none does, or they differ.
std::string RetentionPeriodOf(const registry::v1::PolicyModel& model, const std::string& purpose) {
  std::set<std::string> periods;
  for (const registry::v1::RetentionRule& rule : model.retention_rules()) {
    if (rule.purpose() == purpose) periods.insert(rule.keep());
  }
  return periods.size() == 1 ? *periods.begin() : "";
}

// Those of the model that a consent can lead to: an objection to what rests on legitimate interest
// is not one of them, the one to direct marketing is where the purpose is that.
std::vector<std::string> RightsOf(const registry::v1::PolicyModel& model,
                                  const registry::v1::Purpose& purpose) {
  std::vector<std::string> rights;
  for (const registry::v1::PolicyRight& right : model.rights()) {
    if (right.id() == "objection_li") continue;
    if (right.id() == "objection_marketing" && !purpose.direct_marketing()) continue;
    rights.push_back(right.id());
  }
  return rights;
}

ConsentTerms TermsOf(const registry::v1::PolicyModel& model, const registry::v1::Purpose& from) {
  const registry::v1::Controller& controller = model.controller();
  ConsentTerms terms{.purpose_label = from.label(),
                     .purpose_type = PurposeTypeOf(from),
                     .controller_name = controller.name(),
                     .controller_number = controller.organisation_number(),
                     .controller_address = controller.address(),
                     .controller_contact = controller.contact(),
                     .authority = controller.supervisory_authority(),
                     .policy_version = model.document().version(),
                     .consent_valid = from.consent_valid(),
                     .retention_period = RetentionPeriodOf(model, from.id()),
                     .data_categories = DataTermsOf(model, from),
                     .processors = ProcessorsOf(model, from.id()),
                     .rights = RightsOf(model, from)};
  for (const registry::v1::System& system : model.systems()) {
    if (CarriesOut(system, from.id())) terms.storage_locations.push_back(system.label());
  }
  return terms;
}

// Contract purposes by subject category, by way of contexts and systems.
void SetContractPurposes(const registry::v1::PolicyModel& model, Names& names,
                         PolicyVersion& version) {
  std::map<std::string, std::set<uint16_t>> of_system;
  for (const registry::v1::System& system : model.systems()) {
    for (const std::string& purpose : system.purposes()) {
      const CataloguePurpose* compiled = version.Find(purpose);
      if (compiled == nullptr) continue;
      const Purpose& one = compiled->purpose;
      if (one.basis == Basis::kContract || one.basis_if_party == Basis::kContract) {
        of_system[system.id()].insert(static_cast<uint16_t>(one.key));
      }
    }
  }
  for (const registry::v1::ProcessingContext& context : model.contexts()) {
    for (const std::string& category : context.subject_categories()) {
      auto& fitting = version.contract_purposes[names.NumberOf(category)];
      for (const std::string& system : context.systems()) {
        fitting.insert(of_system[system].begin(), of_system[system].end());
      }
    }
  }
}

// How long this service keeps its own records, and when it may ask again.
void SetOwnPeriods(const registry::v1::PolicyModel& model, PolicyVersion& version) {
  const auto period = [](const std::string& text) -> std::optional<calendar::Period> {
    const absl::StatusOr<calendar::Period> parsed = calendar::ParsePeriod(text);
    if (!parsed.ok()) return std::nullopt;
    return *parsed;
  };
  if (const auto again = period(model.cookies().ask_again_after_refusal())) {
    version.ask_again_after_refusal = *again;
  }
  for (const registry::v1::RetentionRule& rule : model.retention_rules()) {
    if (rule.id() == "consent_proof") version.keep_proof = period(rule.keep());
    if (rule.id() == "suppression_entry") version.review_suppression = period(rule.review());
  }
}

PolicyVersion CompilePolicy(const registry::v1::PolicyApplied& applied, absl::Time recorded_at,
                            Names& names) {
  const registry::v1::PolicyModel& model = applied.model();
  PolicyVersion version;
  version.version = model.document().version();
  version.recorded_at = recorded_at;
  version.effective_at = applied.has_effective_at() ? TimeOf(applied.effective_at()) : recorded_at;
  for (const registry::v1::DataCategory& category : model.data_categories()) {
    const int index = names.DataIndexOf(category.id());
    if (index >= 0) version.data.emplace(category.id(), index);
  }
  for (const registry::v1::Source& source : model.sources()) {
    if (source.notice() != "art14") version.direct_sources.insert(names.NumberOf(source.id()));
  }
  std::map<std::string, std::string> dpia_of;
  for (const registry::v1::ImpactAssessment& dpia : model.impact_assessments()) {
    for (const std::string& purpose : dpia.purposes()) dpia_of[purpose] = dpia.id();
  }
  for (const registry::v1::Purpose& from : model.purposes()) {
    version.place.emplace(from.id(), version.purposes.size());
    version.purposes.push_back({CompilePurpose(from, version, names),
                                TermsOf(model, from),
                                from.legitimate_interest_assessment(),
                                dpia_of[from.id()],
                                {from.topics().begin(), from.topics().end()},
                                from.eprivacy_rule() == registry::v1::EPRIVACY_RULE_TERMINAL});
    version.purposes.back().terms.impact_assessment = dpia_of[from.id()];
  }
  SetOwnPeriods(model, version);
  SetContractPurposes(model, names, version);
  return version;
}

KnownNotice NoticeOf(const registry::v1::Notice& from, absl::Time recorded_at) {
  return {{{from.id(), from.version(), from.language(), from.text_sha256()},
           {from.purposes().begin(), from.purposes().end()},
           from.material(),
           TimeOf(from.effective_at()),
           from.text().empty() ? nullptr : std::make_shared<const std::string>(from.text())},
          recorded_at};
}

KnownAssessment AssessmentOf(const registry::v1::Assessment& from, absl::Time recorded_at) {
  return {from.kind() == registry::v1::ASSESSMENT_KIND_IMPACT ? AssessmentKind::kImpact
                                                              : AssessmentKind::kLegitimateInterest,
          from.id(),
          {TimeOf(from.approved_at()), DayOf(from.review_by())},
          recorded_at};
}

KnownVendor VendorOf(const registry::v1::ProcessorAgreement& from, absl::Time recorded_at) {
  Vendor vendor{.dpa_signed = from.status() == "signed",
                .signed_on = DayOf(from.signed_on()),
                .expires_on = DayOf(from.expires_on()),
                .third_country = from.region() != "eea",
                .has_transfer_mechanism = !from.transfer_mechanism().empty(),
                .transfer_valid_to = DayOf(from.transfer_valid_to())};
  return {from.processor(), vendor, recorded_at, from.region(), from.transfer_mechanism()};
}

Capacity CapacityOf(registry::v1::Capacity capacity) {
  switch (capacity) {
    case registry::v1::CAPACITY_LEGAL_PERSON_REPRESENTATIVE:
      return Capacity::kLegalPersonRep;
    case registry::v1::CAPACITY_NATURAL_PERSON:
      return Capacity::kNaturalPerson;
    case registry::v1::CAPACITY_SOLE_TRADER:
      return Capacity::kSoleTrader;
    default:
      return Capacity::kUnknown;
  }
}

Classification ClassificationOf(const registry::v1::SubjectChanged& from) {
  Classification to{.subject = SubjectOf(from.subject_id()),
                    .categories = {from.categories().begin(), from.categories().end()},
                    .capacity = CapacityOf(from.capacity()),
                    .soft_opt_in = {from.soft_opt_in().obtained_in_sale(),
                                    from.soft_opt_in().own_similar_services(),
                                    from.soft_opt_in().opt_out_offered_each_time()}};
  for (const registry::v1::SubjectSource& source : from.sources()) {
    to.sources.push_back({source.source(), TimeOf(source.collected_at()), std::nullopt});
    if (source.has_notice_at()) to.sources.back().notice_at = TimeOf(source.notice_at());
  }
  for (const registry::v1::Relationship& tie : from.relationships()) {
    const auto start = DayOf(tie.from());
    if (!start) continue;  // without a beginning it carries nothing
    to.relationships.push_back({static_cast<RelationshipKind>(tie.kind()),
                                {tie.purposes().begin(), tie.purposes().end()},
                                *start,
                                DayOf(tie.to())});
  }
  return to;
}

ScopedHold HoldOf(const retention::v1::Hold& from, absl::Time recorded_at, Names& names) {
  ScopedHold to{
      .hold = {.set_at = TimeOf(from.set_at()), .id = Uuid::Parse(from.id()).value_or(Uuid{})},
      .recorded_at = recorded_at};
  if (from.has_released_at()) to.hold.released_at = TimeOf(from.released_at());
  for (const std::string& subject : from.scope().subject_ids()) {
    to.subjects.push_back(SubjectOf(subject));
  }
  for (const std::string& category : from.scope().subject_categories()) {
    to.categories.push_back(names.NumberOf(category));
  }
  for (const std::string& category : from.scope().data_categories()) {
    const int index = names.DataIndexOf(category);
    index < 0 ? to.data.AddUnknown() : to.data.Add(index);
  }
  return to;
}

template <typename Limits>
void ApplyLimits(const Limits& people, absl::Time recorded_at, DecisionTable& table) {
  for (const retention::v1::SubjectLimits& person : people) {
    DataLimits limits{.subject = SubjectOf(person.subject_id())};
    for (const retention::v1::FieldLimit& limit : person.limits()) {
      limits.limits.push_back(
          {limit.data_category(), DayOf(limit.may_until()), DayOf(limit.must_until())});
    }
    table.Apply(limits, recorded_at);
  }
}

}  // namespace

absl::Status ApplyRegistryEntry(std::string_view payload, absl::Time recorded_at,
                                CatalogueBuilder& builder, DecisionTable& table, bool& changed) {
  registry::v1::RegistryEntry entry;
  if (!entry.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return Unreadable("varsam/registry");
  }
  using Entry = registry::v1::RegistryEntry;
  switch (entry.event_case()) {
    case Entry::kPolicyApplied:
      builder.Add(CompilePolicy(entry.policy_applied(), recorded_at, builder.names()));
      changed = true;
      break;
    case Entry::kNoticePublished:
      builder.Add(NoticeOf(entry.notice_published().notice(), recorded_at));
      changed = true;
      break;
    case Entry::kAssessmentRecorded:
      builder.Add(AssessmentOf(entry.assessment_recorded().assessment(), recorded_at));
      changed = true;
      break;
    case Entry::kProcessorAgreementRecorded:
      builder.Add(VendorOf(entry.processor_agreement_recorded().agreement(), recorded_at));
      changed = true;
      break;
    case Entry::kSubjectChanged:
      table.Apply(ClassificationOf(entry.subject_changed()), recorded_at);
      break;
    case Entry::kSubjectErased:
      table.Erase(SubjectOf(entry.subject_erased().subject_id()),
                  TimeOf(entry.subject_erased().at()), recorded_at);
      break;
    case Entry::kSubjectsMerged:
      table.Merge(SubjectOf(entry.subjects_merged().surviving_subject_id()),
                  SubjectOf(entry.subjects_merged().merged_subject_id()));
      break;
    default:
      break;  // disclosures and splits say nothing about what may be done
  }
  return absl::OkStatus();
}

absl::Status ApplyRequestsEntry(std::string_view payload, absl::Time recorded_at,
                                DecisionTable& table) {
  requests::v1::RequestsEntry entry;
  if (!entry.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return Unreadable("varsam/requests");
  }
  if (!entry.has_restriction_changed()) return absl::OkStatus();
  const requests::v1::RestrictionChanged& from = entry.restriction_changed();
  RestrictionChange change{.subject = SubjectOf(from.subject_id()),
                           .case_id = Uuid::Parse(from.case_id()).value_or(Uuid{}),
                           .from = TimeOf(from.from())};
  if (from.has_to()) change.to = TimeOf(from.to());
  table.Apply(change, recorded_at);
  return absl::OkStatus();
}

absl::Status ApplyRetentionEntry(std::string_view payload, absl::Time recorded_at,
                                 DecisionTable& table) {
  retention::v1::RetentionEntry entry;
  if (!entry.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return Unreadable("varsam/retention");
  }
  using Entry = retention::v1::RetentionEntry;
  switch (entry.event_case()) {
    case Entry::kLimitsChanged:
      ApplyLimits(entry.limits_changed().subjects(), recorded_at, table);
      break;
    case Entry::kSignalsRecorded:
      ApplyLimits(entry.signals_recorded().subjects(), recorded_at, table);
      break;
    case Entry::kHoldPlaced:
      table.Apply(HoldOf(entry.hold_placed().hold(), recorded_at, table.names()));
      break;
    case Entry::kHoldReleased:
      table.Apply(HoldOf(entry.hold_released().hold(), recorded_at, table.names()));
      break;
    default:
      break;
  }
  return absl::OkStatus();
}

}  // namespace varsam::consent
