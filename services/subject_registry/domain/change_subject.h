// Changes of one known person: classification, relationships, merging, disclosure, erasure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/subject_registry/domain/policy_model.h"
#include "services/subject_registry/domain/subject.h"

namespace varsam::registry {

// The person asked about, and a second one where two are concerned.
struct SubjectFacts {
  std::optional<Subject> subject, other;
  const PolicyModel* policy = nullptr;
};

// NOT_FOUND SUBJECT_UNKNOWN for a person who is not there or was erased or merged away.
absl::Status NeedsLiving(const std::optional<Subject>& subject);

struct UpdateSubject {
  SubjectId subject;
  int64_t revision = 0;  // from the etag
  std::optional<std::vector<std::string>> categories;
  std::optional<Capacity> capacity;
  std::optional<SoftOptIn> soft_opt_in;
  std::optional<int> language;
};
struct UpdateSubjectOutcome {
  Subject subject;
  absl::Time at;
};
// ABORTED ETAG_MISMATCH; INVALID_FIELD.
absl::StatusOr<UpdateSubjectOutcome> Decide(const UpdateSubject& ask, const SubjectFacts& facts,
                                            absl::Time now);

struct RecordRelationship {
  SubjectId subject;
  Relationship relationship;  // a nil id makes a new one
};
struct RecordRelationshipOutcome {
  Subject subject;
  Relationship relationship;
  absl::Time at;
};
absl::StatusOr<RecordRelationshipOutcome> Decide(const RecordRelationship& ask,
                                                 const SubjectFacts& facts, absl::Time now,
                                                 Uuid fresh);

struct MergeSubjects {
  SubjectId survivor, merged;
};
struct MergeSubjectsOutcome {
  Subject survivor, merged;
  absl::Time at;
};
// The merged person's classification joins the survivor's; where they differ the more protective
// stands. Identifiers stay sealed under the merged id's key and lead to the survivor.
absl::StatusOr<MergeSubjectsOutcome> Decide(const MergeSubjects& ask, const SubjectFacts& facts,
                                            absl::Time now);

struct RecordDisclosure {
  Disclosure disclosure;
};
struct RecordDisclosureOutcome {
  Disclosure disclosure;
};
absl::StatusOr<RecordDisclosureOutcome> Decide(const RecordDisclosure& ask,
                                               const SubjectFacts& facts, absl::Time now,
                                               Uuid fresh);

struct EraseSubject {
  SubjectId subject;
  std::string case_id;
};
struct EraseSubjectOutcome {
  Subject subject;                           // without identifiers, name, sources and relationships
  std::vector<SealedIdentifier> suppressed;  // whose keyed hashes stay (P39)
  std::string case_id;
  bool append = false;  // false: was erased before
};
absl::StatusOr<EraseSubjectOutcome> Decide(const EraseSubject& ask, const SubjectFacts& facts,
                                           absl::Time now);

}  // namespace varsam::registry
