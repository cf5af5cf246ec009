// The registry's store: the only virtual interface of the service. Facts are loaded in one round
// trip for a whole batch, under the ledger's head lock; Save enqueues and costs none. Reads take a
// connection of their own and see what is committed.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/pg/connection.h"
#include "libs/pg/tx.h"
#include "services/subject_registry/domain/apply_policy.h"
#include "services/subject_registry/domain/assessments.h"
#include "services/subject_registry/domain/change_subject.h"
#include "services/subject_registry/domain/import_subjects.h"
#include "services/subject_registry/domain/publish_notice.h"

namespace varsam::registry {

// Facts that share the policy in force keep it alive.
struct PolicyFacts {
  std::shared_ptr<const PolicyModel> policy;
};
struct ImportFactsWithPolicy : PolicyFacts {
  ImportFacts facts;
};
struct SubjectFactsWithPolicy : PolicyFacts {
  SubjectFacts facts;
};
struct NoticeFactsWithPolicy : PolicyFacts {
  PublishNoticeFacts facts;
};

// An identifier's look-up key.
struct IdentifierKey {
  int type = 0;
  std::string blind_index;
};

// Where in the ledger the state of a person was written down.
struct SubjectEntry {
  SubjectId subject;
  uint64_t ledger_index = 0;
};

inline constexpr int kPageRowsMax = 500;
inline constexpr int kPageRowsDefault = 50;

class RegistryStore {
 public:
  virtual ~RegistryStore() = default;

  virtual absl::StatusOr<std::vector<ApplyPolicyFacts>> LoadFacts(
      pg::Tx& tx, std::span<const ApplyPolicy* const> asks) = 0;
  virtual absl::StatusOr<std::vector<ImportFactsWithPolicy>> LoadFacts(
      pg::Tx& tx, std::span<const ImportSubjects* const> asks) = 0;
  virtual absl::StatusOr<std::vector<NoticeFactsWithPolicy>> LoadFacts(
      pg::Tx& tx, std::span<const PublishNotice* const> asks) = 0;
  // For asks about people: first and second subject of each ask, nil where there is no second.
  struct SubjectPair {
    SubjectId first, second;
  };
  virtual absl::StatusOr<std::vector<SubjectFactsWithPolicy>> LoadSubjects(
      pg::Tx& tx, std::span<const SubjectPair> pairs) = 0;
  virtual absl::StatusOr<PolicyFacts> LoadPolicy(pg::Tx& tx) = 0;

  virtual void Save(pg::Tx& tx, const ApplyPolicyOutcome& outcome) = 0;
  virtual void Save(pg::Tx& tx, const RecordAssessmentOutcome& outcome) = 0;
  virtual void Save(pg::Tx& tx, const RecordProcessorAgreementOutcome& outcome) = 0;
  virtual void Save(pg::Tx& tx, const PublishNoticeOutcome& outcome) = 0;
  // Also empties the person's entries in the ledger: payload and salt go, the leaves stay.
  virtual void Save(pg::Tx& tx, const EraseSubjectOutcome& outcome) = 0;
  virtual void Save(pg::Tx& tx, std::span<const Disclosure* const> disclosures) = 0;
  virtual void Save(pg::Tx& tx, std::span<const Access* const> accesses) = 0;
  // Whole people; what is no longer in them is removed.
  virtual void Save(pg::Tx& tx, std::span<const Subject* const> subjects) = 0;
  virtual void Save(pg::Tx& tx, std::span<const SubjectEntry> entries) = 0;

  // Reads. A policy version, or the one in force for an empty text; nullopt when there is none.
  virtual absl::StatusOr<std::optional<PolicyText>> ReadPolicy(pg::Connection& connection,
                                                               const std::string& version) = 0;
  virtual absl::StatusOr<std::vector<Assessment>> ReadAssessments(pg::Connection& connection) = 0;
  virtual absl::StatusOr<std::vector<ProcessorAgreement>> ReadAgreements(
      pg::Connection& connection) = 0;
  virtual absl::StatusOr<std::vector<Notice>> ReadNotices(pg::Connection& connection,
                                                          const std::string& purpose) = 0;
  virtual absl::StatusOr<std::optional<Subject>> ReadSubject(pg::Connection& connection,
                                                             const SubjectId& id) = 0;
  // Who was merged into this person.
  virtual absl::StatusOr<std::vector<SubjectId>> ReadMerged(pg::Connection& connection,
                                                            const SubjectId& survivor) = 0;
  // The owner of each identifier, nil where there is none; merged people lead to their survivor.
  virtual absl::StatusOr<std::vector<SubjectId>> ReadOwners(
      pg::Connection& connection, std::span<const IdentifierKey> keys) = 0;
  virtual absl::StatusOr<std::vector<Disclosure>> ReadDisclosures(pg::Connection& connection,
                                                                  const SubjectId& subject,
                                                                  const Uuid& after,
                                                                  int rows_max) = 0;
  virtual absl::StatusOr<std::vector<Access>> ReadAccesses(pg::Connection& connection,
                                                           const SubjectId& subject,
                                                           const Uuid& after, int rows_max) = 0;

  // Removes looks older than the policy's rule access_log allows, one bounded batch; true when
  // there may be more. Without that rule nothing goes.
  virtual absl::StatusOr<bool> ForgetAccesses(pg::Connection& connection, absl::Time now) = 0;
};

}  // namespace varsam::registry
