#include "services/connector/agent/convert.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace varsam::connector {
namespace {

using Timestamp = google::protobuf::Timestamp;

void Set(absl::Time time, Timestamp* out) {
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / 1'000'000, rest = micros % 1'000'000;
  if (rest < 0) {
    --seconds;
    rest += 1'000'000;
  }
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(rest * 1000));
}

EraseItem FromItem(const v1::EraseItem& item) {
  return {item.id(), item.data_category(), item.record_key(), item.method()};
}

KeepItem FromItem(const v1::KeepItem& item) {
  return {item.data_category(), item.record_key(), item.reference(), item.keep_until()};
}

FieldChange FromItem(const v1::FieldChange& change) {
  return {change.data_category(), change.expected_old_sha256(),
          Personal<std::string>(change.new_value())};
}

template <typename To, typename From>
std::vector<To> All(const From& from) {
  std::vector<To> all;
  for (const auto& one : from) all.push_back(FromItem(one));
  return all;
}

std::optional<Action> ActionOf(const v1::LeasedTask& leased) {
  switch (leased.action_case()) {
    case v1::LeasedTask::kExportData: {
      const auto& categories = leased.export_data().data_categories();
      return Export{{categories.begin(), categories.end()}};
    }
    case v1::LeasedTask::kRectify:
      return Rectify{All<FieldChange>(leased.rectify().changes())};
    case v1::LeasedTask::kRestrict:
      return Restrict{.lift = false};
    case v1::LeasedTask::kLiftRestriction:
      return Restrict{.lift = true};
    case v1::LeasedTask::kStopProcessing: {
      const auto& purposes = leased.stop_processing().purposes();
      return StopProcessing{{purposes.begin(), purposes.end()}};
    }
    case v1::LeasedTask::kErase:
      return Erase{All<EraseItem>(leased.erase().items()), All<KeepItem>(leased.erase().keep())};
    case v1::LeasedTask::kVerify:
      return Verify{All<EraseItem>(leased.verify().erased()), All<KeepItem>(leased.verify().kept()),
                    All<FieldChange>(leased.verify().changed())};
    case v1::LeasedTask::ACTION_NOT_SET:
      break;
  }
  return std::nullopt;
}

void AddResults(const std::vector<CategoryResult>& from,
                google::protobuf::RepeatedPtrField<v1::CategoryResult>* to) {
  for (const CategoryResult& result : from) {
    v1::CategoryResult* one = to->Add();
    one->set_data_category(result.data_category);
    one->set_record_key(result.record_key);
    one->set_item_id(result.item_id);
    one->set_found(result.found);
    one->set_exported(result.exported);
    one->set_deleted(result.deleted);
    one->set_anonymised(result.anonymised);
    one->set_kept(result.kept);
  }
}

std::vector<CategoryResult> Results(
    const google::protobuf::RepeatedPtrField<v1::CategoryResult>& from) {
  std::vector<CategoryResult> results;
  for (const v1::CategoryResult& one : from) {
    results.push_back({one.data_category(), one.record_key(), one.item_id(), one.found(),
                       one.exported(), one.deleted(), one.anonymised(), one.kept()});
  }
  return results;
}

struct Writer {
  v1::Outcome& out;

  void operator()(const Done& done) {
    AddResults(done.results, out.mutable_done()->mutable_results());
  }
  void operator()(const NoData&) { out.mutable_no_data(); }
  void operator()(const PartlyKept& part) {
    AddResults(part.results, out.mutable_partly_kept()->mutable_results());
    for (const KeepItem& kept : part.kept) {
      v1::KeptPart* one = out.mutable_partly_kept()->add_kept();
      one->set_data_category(kept.data_category);
      one->set_record_key(kept.record_key);
      one->set_reference(kept.reference);
      one->set_keep_until(kept.keep_until);
    }
  }
  void operator()(const Refused& refused) { out.mutable_refused()->set_reason(refused.reason); }
  void operator()(const NeedsHuman& human) {
    out.mutable_needs_human()->set_question(human.question);
  }
  void operator()(const Failed& failed) {
    out.mutable_failed()->set_reason(failed.reason);
    out.mutable_failed()->set_retryable(failed.retryable);
    const int64_t millis = absl::ToInt64Milliseconds(failed.after);
    out.mutable_failed()->mutable_after()->set_seconds(millis / 1000);
    out.mutable_failed()->mutable_after()->set_nanos(static_cast<int32_t>(millis % 1000) *
                                                     1'000'000);
  }
  void operator()(const Unsupported& one) { out.mutable_unsupported()->set_reason(one.reason); }
};

registry::v1::Capacity CapacityOf(const std::string& word) {
  if (word == "legal_person_representative") {
    return registry::v1::CAPACITY_LEGAL_PERSON_REPRESENTATIVE;
  }
  if (word == "natural_person") return registry::v1::CAPACITY_NATURAL_PERSON;
  if (word == "sole_trader") return registry::v1::CAPACITY_SOLE_TRADER;
  if (word == "unknown") return registry::v1::CAPACITY_UNKNOWN;
  return registry::v1::CAPACITY_UNSPECIFIED;
}

registry::v1::RelationshipKind KindOf(const std::string& word) {
  if (word == "contract_party") return registry::v1::RELATIONSHIP_KIND_CONTRACT_PARTY;
  if (word == "contract_contact") return registry::v1::RELATIONSHIP_KIND_CONTRACT_CONTACT;
  if (word == "application") return registry::v1::RELATIONSHIP_KIND_APPLICATION;
  if (word == "employment") return registry::v1::RELATIONSHIP_KIND_EMPLOYMENT;
  if (word == "assignment") return registry::v1::RELATIONSHIP_KIND_ASSIGNMENT;
  return registry::v1::RELATIONSHIP_KIND_UNSPECIFIED;
}

}  // namespace

Task FromProto(const v1::LeasedTask& leased) {
  Task task{leased.task_id(), leased.system(), leased.fence(), {}, ActionOf(leased)};
  for (const common::v1::Identifier& identifier : leased.subject().identifiers()) {
    task.who.push_back({static_cast<IdentifierType>(identifier.type()),
                        Personal<std::string>(identifier.value()), identifier.system()});
  }
  return task;
}

v1::Outcome ToProto(const Outcome& outcome) {
  v1::Outcome out;
  std::visit(Writer{out}, outcome);
  return out;
}

Outcome FromProto(const v1::Outcome& outcome) {
  switch (outcome.kind_case()) {
    case v1::Outcome::kDone:
      return Done{Results(outcome.done().results())};
    case v1::Outcome::kNoData:
      return NoData{};
    case v1::Outcome::kPartlyKept: {
      PartlyKept part{Results(outcome.partly_kept().results()), {}};
      for (const v1::KeptPart& kept : outcome.partly_kept().kept()) {
        part.kept.push_back(
            {kept.data_category(), kept.record_key(), kept.reference(), kept.keep_until()});
      }
      return part;
    }
    case v1::Outcome::kRefused:
      return Refused{outcome.refused().reason()};
    case v1::Outcome::kNeedsHuman:
      return NeedsHuman{outcome.needs_human().question()};
    case v1::Outcome::kUnsupported:
      return Unsupported{outcome.unsupported().reason()};
    case v1::Outcome::kFailed:
    case v1::Outcome::KIND_NOT_SET:
      break;
  }
  return Failed{outcome.failed().reason(), outcome.failed().retryable(),
                absl::Seconds(outcome.failed().after().seconds())};
}

v1::ServedSystem ToProto(const std::string& system, const std::vector<Capability>& capabilities,
                         const std::string& schema_digest) {
  v1::ServedSystem served;
  served.set_system(system);
  served.set_schema_digest(schema_digest);
  for (const Capability& capability : capabilities) {
    v1::Capability* one = served.add_capabilities();
    one->set_action(capability.action);
    for (const std::string& category : capability.data_categories)
      one->add_data_categories(category);
    for (const IdentifierType type : capability.identifier_types) {
      one->add_identifier_types(static_cast<common::v1::IdentifierType>(type));
    }
  }
  return served;
}

registry::v1::ImportRow ToImportRow(const InventorySubject& subject, const std::string& system) {
  registry::v1::ImportRow row;
  row.set_row_id(subject.record_key);
  for (const Identifier& identifier : subject.identifiers) {
    common::v1::Identifier* one = row.add_identifiers();
    one->set_type(static_cast<common::v1::IdentifierType>(identifier.type));
    one->set_value(identifier.value.Reveal());
  }
  if (!subject.record_key.empty()) {
    common::v1::Identifier* key = row.add_identifiers();
    key->set_type(common::v1::IDENTIFIER_TYPE_RECORD_KEY);
    key->set_value(subject.record_key);
    key->set_system(system);
  }
  if (!subject.category.empty()) row.add_categories(subject.category);
  row.set_display_name(subject.display_name.Reveal());
  row.set_capacity(CapacityOf(subject.capacity));
  if (!subject.source.empty()) {
    registry::v1::SubjectSource* source = row.mutable_source();
    source->set_source(subject.source);
    if (subject.collected_at) Set(*subject.collected_at, source->mutable_collected_at());
    if (subject.notice_at) Set(*subject.notice_at, source->mutable_notice_at());
    for (const auto& [name, value] : subject.evidence) (*source->mutable_evidence())[name] = value;
  }
  for (const InventoryRelationship& relationship : subject.relationships) {
    registry::v1::Relationship* one = row.add_relationships();
    one->set_kind(KindOf(relationship.kind));
    one->set_from(relationship.from);
    one->set_to(relationship.to);
    for (const std::string& purpose : relationship.purposes) one->add_purposes(purpose);
  }
  return row;
}

retention::v1::RecordSignal ToSignal(const InventoryRecord& record, const InventorySubject& subject,
                                     const std::string& subject_id, const std::string& system,
                                     absl::Time read_at) {
  retention::v1::RecordSignal signal;
  Set(read_at, signal.mutable_observed_at());
  signal.set_subject_id(subject_id);
  signal.set_system(system);
  signal.set_record_key(record.record_key.empty() ? absl::StrCat("of/", subject_id)
                                                  : record.record_key);
  for (const std::string& category : record.data_categories) signal.add_data_categories(category);
  if (!subject.category.empty()) signal.add_subject_categories(subject.category);
  for (const auto& [flag, value] : record.flags) (*signal.mutable_flags())[flag] = value;
  for (const InventoryPurpose& purpose : record.purposes) {
    retention::v1::RecordPurpose* one = signal.add_purposes();
    one->set_purpose(purpose.purpose);
    if (purpose.ended_at) Set(*purpose.ended_at, one->mutable_ended_at());
  }
  if (subject.collected_at) Set(*subject.collected_at, signal.mutable_collected_at());
  for (const InventoryEvent& event : record.events) {
    retention::v1::ClockEvent* one = signal.add_events();
    one->set_type(event.type);
    Set(event.at, one->mutable_at());
  }
  return signal;
}

}  // namespace varsam::connector
