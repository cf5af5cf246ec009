// What the service keeps: people, the fields of their records, holds. A field (one data category of
// one record) is the unit that has a period. Nothing here identifies anybody. Plain values.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/ids.h"
#include "services/retention/domain/record_facts.h"
#include "services/retention/domain/retain_until.h"

namespace varsam::retention {

using HoldId = StrongId<struct HoldIdTag>;
using RunId = StrongId<struct RunIdTag>;
using ItemId = StrongId<struct ItemIdTag>;

struct FieldKey {
  SubjectId subject;
  std::string system, record_key, category;
  auto operator<=>(const FieldKey&) const = default;
};

// The latest event of a type (FORMAT 4.1), and when the system that knows it was read.
struct SeenEvent {
  std::string type;
  absl::Time at, observed_at;
  bool operator==(const SeenEvent&) const = default;
};

// What follows from the rules for a field, without holds and restrictions: good until the field,
// the person or the rules change.
struct Standing {
  int64_t generation = 0;  // of the rules (catalogue.h); 0: never computed
  RetentionStatus status = RetentionStatus::kRunning;
  std::optional<calendar::LocalDay> may_until, must_until, retain_until;
  // The first day on which a plan must look at the field; absent while no day can be told.
  std::optional<calendar::LocalDay> due_on;
  bool operator==(const Standing&) const = default;
};

struct Field {
  FieldKey key;
  std::vector<std::string> subject_categories;
  Flags flags;
  std::vector<HeldPurpose> purposes;  // none: those of the system
  absl::Time collected_at;
  std::vector<SeenEvent> events;  // one of a type, by type
  bool claims_need_recorded = false;
  absl::Time observed_at;
  std::optional<absl::Time> disposed_at;
  std::optional<ItemId> item;  // the open disposal it is part of
  Standing standing;
  bool operator==(const Field&) const = default;
};

struct ConsentChoice {
  std::string purpose;
  bool given = false;  // else withdrawn
  absl::Time at;
  bool operator==(const ConsentChoice&) const = default;
};
struct UpheldObjection {
  std::vector<std::string> purposes;  // or "all"
  absl::Time at;
  bool operator==(const UpheldObjection&) const = default;
};
struct ErasureGrant {
  std::string case_id;
  absl::Time at;
  bool open = true;  // the case has not been carried out yet
  bool operator==(const ErasureGrant&) const = default;
};
struct PersonRestriction {
  std::string case_id;
  RecordRestriction restriction;
  bool operator==(const PersonRestriction&) const = default;
};
struct PersonSource {
  std::string source;
  absl::Time collected_at;
  std::optional<absl::Time> notice_at;
  bool operator==(const PersonSource&) const = default;
};

struct Person {
  SubjectId id;
  std::optional<SubjectId> merged_into;
  std::vector<ConsentChoice> choices;  // the latest of each purpose
  std::vector<UpheldObjection> objections;
  std::vector<ErasureGrant> erasures;
  std::vector<PersonRestriction> restrictions;
  std::vector<PersonSource> sources;
  std::string limits;  // as last told in the ledger (limits.h)
  bool operator==(const Person&) const = default;
};

// A person with every field known; what a decision about a person reads and changes.
struct PersonRecords {
  Person person;
  std::vector<Field> fields;
  bool operator==(const PersonRecords&) const = default;
};

struct HoldScope {  // an empty list: any; all four empty is refused
  std::vector<SubjectId> subjects;
  std::vector<std::string> subject_categories, systems, data_categories;
  bool operator==(const HoldScope&) const = default;
};
struct Hold {
  HoldId id;
  std::string matter, owner, reason;
  HoldScope scope;
  absl::Time set_at;
  calendar::LocalDay review_by;
  std::optional<absl::Time> released_at;
  std::string release_reason;
  bool operator==(const Hold&) const = default;
};
// A field that does not tell what kind of person it is about is covered by a hold on any kind:
// nothing that may be under a hold is erased.
bool Covers(const HoldScope& scope, const Field& field);

}  // namespace varsam::retention
