// The writes of the registry as the journal runs them: load, decide, entries, render, save, each
// pointing at the store and the domain.
#pragma once

#include <string>

#include "libs/journal/operation.h"
#include "services/subject_registry/store/registry_store.h"

namespace varsam::registry {

// One look at a person's data, written down before the data is handed out.
struct RecordAccess {
  SubjectId subject;
  std::string operation, purpose, actor;
};
struct RecordAccessOutcome {
  Access access;
};
struct NoFacts {};

struct Operations {
  // `store` must outlive the operations.
  explicit Operations(RegistryStore& store);

  journal::Operation<ApplyPolicy, ApplyPolicyFacts, ApplyPolicyOutcome> apply_policy;
  journal::Operation<RecordAssessment, PolicyFacts, RecordAssessmentOutcome> record_assessment;
  journal::Operation<RecordProcessorAgreement, PolicyFacts, RecordProcessorAgreementOutcome>
      record_processor_agreement;
  journal::Operation<PublishNotice, NoticeFactsWithPolicy, PublishNoticeOutcome> publish_notice;
  // Answers RegisterSubject and ImportSubjects with an ImportSubjectsResponse.
  journal::Operation<ImportSubjects, ImportFactsWithPolicy, ImportOutcome> import_subjects;
  journal::Operation<UpdateSubject, SubjectFactsWithPolicy, UpdateSubjectOutcome> update_subject;
  journal::Operation<RecordRelationship, SubjectFactsWithPolicy, RecordRelationshipOutcome>
      record_relationship;
  journal::Operation<MergeSubjects, SubjectFactsWithPolicy, MergeSubjectsOutcome> merge_subjects;
  journal::Operation<RecordDisclosure, SubjectFactsWithPolicy, RecordDisclosureOutcome>
      record_disclosure;
  journal::Operation<EraseSubject, SubjectFactsWithPolicy, EraseSubjectOutcome> erase_subject;
  journal::Operation<RecordAccess, NoFacts, RecordAccessOutcome> record_access;
};

}  // namespace varsam::registry
