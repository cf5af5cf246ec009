// Registers people, one or many at once: each row becomes a new person, or adds what is new to the
// person its identifiers belong to, or is held with a code. A row never becomes half a person.
//
// Outcome codes: CREATED, MATCHED; held: UNCLASSIFIED_SUBJECT (P03), UNKNOWN_CATEGORY,
// SOURCE_REQUIRED and SOURCE_EVIDENCE_MISSING (P36), IDENTIFIER_CONFLICT (two people),
// REIMPORT_SUPPRESSED (P39: an erased person comes back by themselves only, never from a list or
// another indirect source), IDENTITY_RACE (the identifier changed hands since the row was sealed;
// send the row again).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/subject_registry/domain/policy_model.h"
#include "services/subject_registry/domain/subject.h"

namespace varsam::registry {

struct ImportRow {
  std::string row_id;
  // Under whose key `sealed_name` and the identifiers were sealed: the known owner, or a fresh id.
  SubjectId sealed_for;
  std::vector<std::string> categories;
  std::optional<Capacity> capacity;
  std::optional<SoftOptIn> soft_opt_in;
  int language = 0;  // 0: not said
  std::string sealed_name;
  std::optional<SubjectSource> source;
  std::vector<Relationship> relationships;
  std::vector<SealedIdentifier> identifiers;
};

struct ImportSubjects {
  std::vector<ImportRow> rows;
};

// What is known when the rows are decided.
struct ImportFacts {
  // By type and blind index: whose identifier it is.
  std::map<std::pair<int, std::string>, SubjectId> owners;
  // Identifiers of people who were erased: nobody buys or collects them back (P39).
  std::set<std::pair<int, std::string>> suppressed;
  // Those owners, whole.
  std::map<SubjectId, Subject> subjects;
  // The policy in force; null: none, and nobody can be classified.
  const PolicyModel* policy = nullptr;
};

struct ImportedRow {
  std::string row_id;
  std::string code;
  std::optional<SubjectId> subject;
};

struct ImportOutcome {
  std::vector<ImportedRow> rows;
  // The people after the import, whole; each once.
  std::vector<Subject> changed;
  absl::Time at;
};

// FAILED_PRECONDITION POLICY_MISSING while no policy is in force.
absl::StatusOr<ImportOutcome> Decide(const ImportSubjects& ask, const ImportFacts& facts,
                                     absl::Time now);

}  // namespace varsam::registry
