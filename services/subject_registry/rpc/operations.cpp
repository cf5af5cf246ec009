#include "services/subject_registry/rpc/operations.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/subject_registry/rpc/convert.h"

namespace varsam::registry {
namespace {

constexpr char kOrigin[] = "varsam/registry";

template <typename Response>
void SetPosition(const journal::Position& position, Response& response) {
  if (position.entry_count == 0) return;
  response.mutable_position()->set_origin(kOrigin);
  response.mutable_position()->set_index(position.first_index);
}

template <typename T>
std::vector<const T*> Pointers(const std::vector<T>& values) {
  std::vector<const T*> pointers;
  pointers.reserve(values.size());
  for (const T& value : values) pointers.push_back(&value);
  return pointers;
}

// An ask that changes people appends one `subject_changed` for each; the last entries of its place
// in the ledger are theirs, in the same order.
void AddEntries(const std::vector<const Subject*>& subjects, const journal::Position& position,
                std::vector<SubjectEntry>& entries) {
  uint64_t index = position.first_index + position.entry_count - subjects.size();
  for (const Subject* subject : subjects) entries.push_back({subject->id, index++});
}

template <typename Operation>
void SaveOneByOne(RegistryStore& store, Operation& operation) {
  using Outcome = typename Operation::Outcome;
  operation.save = [&store](pg::Tx& tx, std::span<const Outcome* const> outcomes,
                            std::span<const journal::Position>) {
    for (const Outcome* outcome : outcomes) store.Save(tx, *outcome);
    return absl::OkStatus();
  };
}

template <typename Operation>
void LoadPolicyOnly(RegistryStore& store, Operation& operation) {
  using Ask = typename Operation::Ask;
  operation.load =
      [&store](pg::Tx& tx,
               std::span<const Ask* const> asks) -> absl::StatusOr<std::vector<PolicyFacts>> {
    ASSIGN_OR_RETURN(PolicyFacts facts, store.LoadPolicy(tx));
    return std::vector<PolicyFacts>(asks.size(), facts);
  };
}

template <typename Operation, typename Pair>
void LoadPeople(RegistryStore& store, Operation& operation, Pair pair) {
  using Ask = typename Operation::Ask;
  operation.load = [&store, pair](pg::Tx& tx, std::span<const Ask* const> asks) {
    std::vector<RegistryStore::SubjectPair> pairs;
    for (const Ask* ask : asks) pairs.push_back(pair(*ask));
    return store.LoadSubjects(tx, pairs);
  };
}

template <typename Operation>
void SaveSubject(RegistryStore& store, Operation& operation) {
  using Outcome = typename Operation::Outcome;
  operation.save = [&store](pg::Tx& tx, std::span<const Outcome* const> outcomes,
                            std::span<const journal::Position> positions) {
    std::vector<const Subject*> subjects;
    std::vector<SubjectEntry> entries;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      subjects.push_back(&outcomes[i]->subject);
      AddEntries({subjects.back()}, positions[i], entries);
    }
    store.Save(tx, subjects);
    store.Save(tx, entries);
    return absl::OkStatus();
  };
}

void BuildCatalogue(RegistryStore& store, Operations& to) {
  to.apply_policy.name = "ApplyPolicy";
  to.apply_policy.load = [&store](pg::Tx& tx, std::span<const ApplyPolicy* const> asks) {
    return store.LoadFacts(tx, asks);
  };
  to.apply_policy.decide = [](const ApplyPolicy& ask, const ApplyPolicyFacts& facts,
                              const journal::Frozen& frozen) {
    return Decide(ask, facts, frozen.now);
  };
  to.apply_policy.entries = [](const ApplyPolicyOutcome& outcome) -> std::vector<ledger::Entry> {
    if (!outcome.append) return {};
    return {{"policy_applied", PolicyAppliedEntry(outcome)}};
  };
  to.apply_policy.render = [](const ApplyPolicyOutcome& outcome,
                              const journal::Position& position) {
    v1::ApplyPolicyResponse response;
    response.set_version(outcome.policy.model->policy.version);
    response.set_text_sha256(ToHex(outcome.policy.sha256));
    ToProto(CountPolicy(*outcome.policy.model), response.mutable_counts());
    for (const LintIssue& issue : outcome.findings) ToProto(issue, response.add_findings());
    for (const PolicyChange& change : outcome.changes) ToProto(change, response.add_changes());
    SetPosition(position, response);
    return response.SerializeAsString();
  };
  SaveOneByOne(store, to.apply_policy);

  to.publish_notice.name = "PublishNotice";
  to.publish_notice.load = [&store](pg::Tx& tx, std::span<const PublishNotice* const> asks) {
    return store.LoadFacts(tx, asks);
  };
  to.publish_notice.decide = [](const PublishNotice& ask, const NoticeFactsWithPolicy& facts,
                                const journal::Frozen& frozen) {
    return Decide(ask, facts.facts, frozen.now);
  };
  to.publish_notice.entries = [](const PublishNoticeOutcome& outcome) {
    return std::vector<ledger::Entry>{{"notice_published", NoticePublishedEntry(outcome.notice)}};
  };
  to.publish_notice.render = [](const PublishNoticeOutcome& outcome,
                                const journal::Position& position) {
    v1::PublishNoticeResponse response;
    ToProto(outcome.notice, response.mutable_notice());
    SetPosition(position, response);
    return response.SerializeAsString();
  };
  SaveOneByOne(store, to.publish_notice);
}

void BuildGates(RegistryStore& store, Operations& to) {
  to.record_assessment.name = "RecordAssessment";
  LoadPolicyOnly(store, to.record_assessment);
  to.record_assessment.decide = [](const RecordAssessment& ask, const PolicyFacts& facts,
                                   const journal::Frozen& frozen) {
    return Decide(ask, facts.policy.get(), frozen.now);
  };
  to.record_assessment.entries = [](const RecordAssessmentOutcome& outcome) {
    return std::vector<ledger::Entry>{
        {"assessment_recorded", AssessmentRecordedEntry(outcome.assessment)}};
  };
  to.record_assessment.render = [](const RecordAssessmentOutcome& outcome,
                                   const journal::Position& position) {
    v1::RecordAssessmentResponse response;
    ToProto(outcome.assessment, response.mutable_assessment());
    SetPosition(position, response);
    return response.SerializeAsString();
  };
  SaveOneByOne(store, to.record_assessment);

  to.record_processor_agreement.name = "RecordProcessorAgreement";
  LoadPolicyOnly(store, to.record_processor_agreement);
  to.record_processor_agreement.decide = [](const RecordProcessorAgreement& ask,
                                            const PolicyFacts& facts, const journal::Frozen&) {
    return Decide(ask, facts.policy.get());
  };
  to.record_processor_agreement.entries = [](const RecordProcessorAgreementOutcome& outcome) {
    return std::vector<ledger::Entry>{
        {"processor_agreement_recorded", AgreementRecordedEntry(outcome.agreement)}};
  };
  to.record_processor_agreement.render = [](const RecordProcessorAgreementOutcome& outcome,
                                            const journal::Position& position) {
    v1::RecordProcessorAgreementResponse response;
    ToProto(outcome.agreement, response.mutable_agreement());
    SetPosition(position, response);
    return response.SerializeAsString();
  };
  SaveOneByOne(store, to.record_processor_agreement);
}

void BuildImport(RegistryStore& store, Operations& to) {
  to.import_subjects.name = "ImportSubjects";
  to.import_subjects.load = [&store](pg::Tx& tx, std::span<const ImportSubjects* const> asks) {
    return store.LoadFacts(tx, asks);
  };
  to.import_subjects.decide = [](const ImportSubjects& ask, const ImportFactsWithPolicy& facts,
                                 const journal::Frozen& frozen) {
    return Decide(ask, facts.facts, frozen.now);
  };
  to.import_subjects.entries = [](const ImportOutcome& outcome) {
    std::vector<ledger::Entry> entries;
    for (const Subject& subject : outcome.changed) {
      entries.push_back({"subject_changed", SubjectChangedEntry(subject, outcome.at)});
    }
    return entries;
  };
  to.import_subjects.render = [](const ImportOutcome& outcome, const journal::Position& position) {
    v1::ImportSubjectsResponse response;
    for (const ImportedRow& row : outcome.rows) {
      v1::ImportResult* result = response.add_results();
      result->set_row_id(row.row_id);
      result->set_outcome(row.code);
      if (row.subject) result->set_subject_id(row.subject->ToString());
    }
    SetPosition(position, response);
    return response.SerializeAsString();
  };
  to.import_subjects.save = [&store](pg::Tx& tx, std::span<const ImportOutcome* const> outcomes,
                                     std::span<const journal::Position> positions) {
    std::vector<SubjectEntry> entries;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      const std::vector<const Subject*> changed = Pointers(outcomes[i]->changed);
      store.Save(tx, changed);
      AddEntries(changed, positions[i], entries);
    }
    store.Save(tx, entries);
    return absl::OkStatus();
  };
}

void BuildChanges(RegistryStore& store, Operations& to) {
  to.update_subject.name = "UpdateSubject";
  LoadPeople(store, to.update_subject, [](const UpdateSubject& ask) {
    return RegistryStore::SubjectPair{ask.subject, {}};
  });
  to.update_subject.decide = [](const UpdateSubject& ask, const SubjectFactsWithPolicy& facts,
                                const journal::Frozen& frozen) {
    return Decide(ask, facts.facts, frozen.now);
  };
  to.update_subject.entries = [](const UpdateSubjectOutcome& outcome) {
    return std::vector<ledger::Entry>{
        {"subject_changed", SubjectChangedEntry(outcome.subject, outcome.at)}};
  };
  to.update_subject.render = [](const UpdateSubjectOutcome& outcome,
                                const journal::Position& position) {
    v1::UpdateSubjectResponse response;
    ToProto(outcome.subject, response.mutable_subject());
    SetPosition(position, response);
    return response.SerializeAsString();
  };
  SaveSubject(store, to.update_subject);

  to.record_relationship.name = "RecordRelationship";
  LoadPeople(store, to.record_relationship, [](const RecordRelationship& ask) {
    return RegistryStore::SubjectPair{ask.subject, {}};
  });
  to.record_relationship.decide =
      [](const RecordRelationship& ask, const SubjectFactsWithPolicy& facts,
         const journal::Frozen& frozen) { return Decide(ask, facts.facts, frozen.now, frozen.id); };
  to.record_relationship.entries = [](const RecordRelationshipOutcome& outcome) {
    return std::vector<ledger::Entry>{
        {"subject_changed", SubjectChangedEntry(outcome.subject, outcome.at)}};
  };
  to.record_relationship.render = [](const RecordRelationshipOutcome& outcome,
                                     const journal::Position& position) {
    v1::RecordRelationshipResponse response;
    ToProto(outcome.relationship, response.mutable_relationship());
    SetPosition(position, response);
    return response.SerializeAsString();
  };
  SaveSubject(store, to.record_relationship);
}

void BuildMerge(RegistryStore& store, Operations& to) {
  to.merge_subjects.name = "MergeSubjects";
  LoadPeople(store, to.merge_subjects, [](const MergeSubjects& ask) {
    return RegistryStore::SubjectPair{ask.survivor, ask.merged};
  });
  to.merge_subjects.decide = [](const MergeSubjects& ask, const SubjectFactsWithPolicy& facts,
                                const journal::Frozen& frozen) {
    return Decide(ask, facts.facts, frozen.now);
  };
  to.merge_subjects.entries = [](const MergeSubjectsOutcome& outcome) {
    return std::vector<ledger::Entry>{
        {"subjects_merged", SubjectsMergedEntry(outcome)},
        {"subject_changed", SubjectChangedEntry(outcome.survivor, outcome.at)}};
  };
  to.merge_subjects.render = [](const MergeSubjectsOutcome& outcome,
                                const journal::Position& position) {
    v1::MergeSubjectsResponse response;
    ToProto(outcome.survivor, response.mutable_subject());
    SetPosition(position, response);
    return response.SerializeAsString();
  };
  to.merge_subjects.save = [&store](pg::Tx& tx,
                                    std::span<const MergeSubjectsOutcome* const> outcomes,
                                    std::span<const journal::Position> positions) {
    std::vector<const Subject*> subjects;
    std::vector<SubjectEntry> entries;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      subjects.push_back(&outcomes[i]->survivor);
      subjects.push_back(&outcomes[i]->merged);
      AddEntries({&outcomes[i]->survivor}, positions[i], entries);
    }
    store.Save(tx, subjects);
    store.Save(tx, entries);
    return absl::OkStatus();
  };

  to.erase_subject.name = "EraseSubject";
  LoadPeople(store, to.erase_subject, [](const EraseSubject& ask) {
    return RegistryStore::SubjectPair{ask.subject, {}};
  });
  to.erase_subject.decide = [](const EraseSubject& ask, const SubjectFactsWithPolicy& facts,
                               const journal::Frozen& frozen) {
    return Decide(ask, facts.facts, frozen.now);
  };
  to.erase_subject.entries = [](const EraseSubjectOutcome& outcome) -> std::vector<ledger::Entry> {
    if (!outcome.append) return {};
    return {{"subject_erased", SubjectErasedEntry(outcome.subject, outcome.case_id)}};
  };
  to.erase_subject.render = [](const EraseSubjectOutcome& outcome,
                               const journal::Position& position) {
    v1::EraseSubjectResponse response;
    ToProto(*outcome.subject.erased_at, response.mutable_erased_at());
    SetPosition(position, response);
    return response.SerializeAsString();
  };
  SaveOneByOne(store, to.erase_subject);
}

void BuildLogs(RegistryStore& store, Operations& to) {
  to.record_disclosure.name = "RecordDisclosure";
  LoadPeople(store, to.record_disclosure, [](const RecordDisclosure& ask) {
    return RegistryStore::SubjectPair{ask.disclosure.subject, {}};
  });
  to.record_disclosure.decide = [](const RecordDisclosure& ask, const SubjectFactsWithPolicy& facts,
                                   const journal::Frozen& frozen) {
    return Decide(ask, facts.facts, frozen.now, frozen.id);
  };
  to.record_disclosure.entries = [](const RecordDisclosureOutcome& outcome) {
    return std::vector<ledger::Entry>{
        {"disclosure_recorded", DisclosureRecordedEntry(outcome.disclosure)}};
  };
  to.record_disclosure.render = [](const RecordDisclosureOutcome& outcome,
                                   const journal::Position& position) {
    v1::RecordDisclosureResponse response;
    ToProto(outcome.disclosure, response.mutable_disclosure());
    SetPosition(position, response);
    return response.SerializeAsString();
  };
  to.record_disclosure.save = [&store](pg::Tx& tx,
                                       std::span<const RecordDisclosureOutcome* const> outcomes,
                                       std::span<const journal::Position>) {
    std::vector<const Disclosure*> disclosures;
    for (const RecordDisclosureOutcome* one : outcomes) disclosures.push_back(&one->disclosure);
    store.Save(tx, disclosures);
    return absl::OkStatus();
  };

  to.record_access.name = "RecordAccess";
  to.record_access.load = [](pg::Tx&, std::span<const RecordAccess* const> asks)
      -> absl::StatusOr<std::vector<NoFacts>> { return std::vector<NoFacts>(asks.size()); };
  to.record_access.decide =
      [](const RecordAccess& ask, const NoFacts&,
         const journal::Frozen& frozen) -> absl::StatusOr<RecordAccessOutcome> {
    return RecordAccessOutcome{
        {frozen.id, ask.subject, frozen.now, ask.operation, ask.purpose, ask.actor}};
  };
  to.record_access.save = [&store](pg::Tx& tx, std::span<const RecordAccessOutcome* const> outcomes,
                                   std::span<const journal::Position>) {
    std::vector<const Access*> accesses;
    for (const RecordAccessOutcome* one : outcomes) accesses.push_back(&one->access);
    store.Save(tx, accesses);
    return absl::OkStatus();
  };
}

}  // namespace

Operations::Operations(RegistryStore& store) {
  BuildCatalogue(store, *this);
  BuildGates(store, *this);
  BuildImport(store, *this);
  BuildChanges(store, *this);
  BuildMerge(store, *this);
  BuildLogs(store, *this);
}

}  // namespace varsam::registry
